"""A local chat model: prompts in, answers out, decoded by an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.core.errors import ModelError
from harness.core.records import Generation, Source
from harness.engines import Output, Request
from harness.models import _answers, _prompts
from harness.models._chat import budgets
from harness.models._chat.options import ChatOptions
from harness.models._chat.template import Template
from harness.models._prompts.options import check_examples
from harness.models._seq2seq import Seq2Seq

# A budget has room for much longer outputs than usual, so that one in so many parts of it is enough for most.
_LEAST_SHARE = 3


@dataclass(frozen=True, slots=True)
class _Prompt:
    """One source as the engine gets it."""

    source: Source
    ids: tuple[int, ...]
    read: int  # tokens of the source that the model reads
    cut: int  # tokens of it that it does not read
    unknown: int
    budget: int  # tokens that its output may have


class Chat(Seq2Seq[Template]):
    """A system that is asked with a prompt."""

    def __init__(self, options: ChatOptions, *, recipe: int) -> None:
        """Find the checkpoint and the prompt (see `Seq2Seq`).

        Raises:
            HarnessError: the checkpoint cannot be fetched or read, or the prompt is wrong.
        """
        self._contract, self._asked = options.contract(), options
        super().__init__(
            options,
            recipe=recipe,
            architecture="transformers:AutoModelForCausalLM",
            codec=lambda checkpoint: Template(checkpoint, self._contract),
            padding="left",
        )

    def identity(self) -> Mapping[str, Any]:
        """Return everything that decides an output."""
        return {**super().identity(), **self._asked.asked(self._contract)}

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        """Yield the outputs of each source, those with the smallest budgets first."""
        check_examples(self._asked.shots(), sources)
        prompts = [self._prompt(source) for source in sources]
        ends = self._ready().ends()
        for budget in sorted({prompt.budget for prompt in prompts}):
            alike = [prompt for prompt in prompts if prompt.budget == budget]
            requests = [Request(prompt.ids, key=prompt.source.id) for prompt in alike]
            decoding = replace(self._decoding, max_new_tokens=budget, ends=ends)
            for batch in self._loaded().decode(requests, decoding):
                for output in batch:
                    yield self._generation(alike[output.request], output)

    def _whole_input(self, source: Source) -> tuple[Request, Mapping[int, str]]:
        prompt = self._prompt(source)
        self._check_room(prompt.read + prompt.cut)
        return Request(prompt.ids, key=source.id), {}

    def _prompt(self, source: Source) -> _Prompt:
        """Return a source as a prompt. If that is longer than the limit, the end of the source is cut.

        Raises:
            ModelError: the prompt without any source is longer than the limit.
        """
        template = self._ready()
        characters = self._asked.characters(self._contract, source)
        budget = budgets.tokens(characters, source.text, source.target, template.count)
        budget = min(budget + self._contract.thinking.room, self._decoding.max_new_tokens)
        whole = template.count(source.text)
        text, left, ids = source.text, whole, self._ids(source)
        positions, room = self._asked.positions_of(self._checkpoint), self._limit
        if positions is not None:
            # A shorter budget is better than a source that is not read to its end.
            budget = min(budget, max(positions - len(ids), budget // _LEAST_SHARE, 1))
            room = min(room, max(1, positions - budget))
        while len(ids) > room and left:
            left = max(0, left - (len(ids) - room))
            text = template.cut(source.text, left)
            ids = self._ids(_shortened(source, text))
        if len(ids) > room:
            raise ModelError(f"its prompt has {len(ids)} tokens without any source, and {room} are left for it")
        read = min(whole, template.count(text)) if text != source.text else whole
        return _Prompt(source, tuple(ids), read, whole - read, ids.count(template.unknown), budget)

    def _ids(self, source: Source) -> list[int]:
        template = self._ready()
        rendered = template.render(_prompts.render(self._contract, source, self._asked.shots()))
        return template.encode(rendered, _prompts.shown(self._contract, source))

    def _generation(self, prompt: _Prompt, output: Output) -> Generation:
        template, thinking = self._ready(), self._contract.thinking
        written = template.stopped(template.decode(output.ids))
        marks = (thinking.marks[0], thinking.marks[1])
        rules = self._contract.answers if self._asked.answers == "rules" else ()
        answer = _answers.read(written, rules, source=prompt.source.text, prefilled=thinking.prefill, marks=marks)
        thought = _answers.thought(written, prefilled=thinking.prefill, marks=marks)
        return Generation(
            id=prompt.source.id,
            text=answer.text if rules else written,
            input_tokens=prompt.read,
            output_tokens=len(output.ids),
            truncated=prompt.cut > 0,
            finish=output.finish,
            seconds=round(output.seconds, 4),
            cut_tokens=prompt.cut,
            unknown_tokens=prompt.unknown,
            sample=output.sample,
            raw=written if rules and written != answer.text else None,
            rules=answer.rules,
            facts={"prompt_tokens": len(prompt.ids), "thought_tokens": template.count(thought)},
        )


def _shortened(source: Source, text: str) -> Source:
    """Return a source with only the beginning of its text, and the sentences that are in it."""
    sentences: list[str] = []
    left = text
    for sentence in source.sentences:
        place = left.find(sentence)
        if place < 0:
            break
        sentences.append(sentence)
        left = left[place + len(sentence) :]
    return replace(source, text=text, sentences=(*sentences, left.strip()) if left.strip() else tuple(sentences))
