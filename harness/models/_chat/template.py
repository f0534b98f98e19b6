"""Turn messages into token ids with a checkpoint's own tokenizer and chat template, and ids into text.

The template is a Jinja program from the hub. transformers renders it in its sandbox; nothing else here runs it. Some
templates write the day on which they are rendered into the prompt (Llama 3.2, gpt-oss). Here the day is always the same
one: a prompt must not change from one day to the next.

The ids are those of the whole rendered prompt, as in training: cutting it at the source would split tokens that span
the border. A text may contain one of the tokenizer's special tokens, such as <|im_end|>. It would then end the turn, so
that a source could give the model orders. The text of such a source is encoded on its own, without special tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError
from harness.models._prompts import Contract
from harness.models._seq2seq import auto_tokenizer, tokenizer_json

# Shadows transformers' function of that name: the day that Llama 3's template writes where it cannot ask for today's.
_DAY = (
    "{%- macro strftime_now(format) -%}"
    "{{ {'%d %b %Y': '26 Jul 2024', '%B %d, %Y': 'July 26, 2024'}.get(format, '2024-07-26') }}"
    "{%- endmacro -%}"
)


class Template:
    """A checkpoint's tokenizer, asked as a prompt contract says."""

    def __init__(self, checkpoint: Checkpoint, contract: Contract) -> None:
        """Read the tokenizer.

        Raises:
            ModelError: it cannot be read, has no chat template, or its template ignores what switches reasoning off.
        """
        self.path, self._contract, self._thinking = Path(checkpoint.label), contract, contract.thinking
        self._tokenizer = auto_tokenizer.read(checkpoint)
        if not self._tokenizer.is_fast:
            raise ModelError("its tokenizer has no tokenizer.json; save it again with save_pretrained", where=self.path)
        if contract.template == "checkpoint" and not self._tokenizer.chat_template:
            raise ModelError(
                "its tokenizer has no chat template; name an instruction-tuned checkpoint, or a prompt with "
                "template: none",
                where=self.path,
            )
        self._added = frozenset(self._tokenizer.get_added_vocab())
        self._plain = tokenizer_json.reader_of_text(self._tokenizer.backend_tokenizer, self._added, self.path)
        unknown = self._tokenizer.unk_token_id
        self.unknown = -1 if unknown is None else int(unknown)
        self.size = 1 + max(self._tokenizer.get_vocab().values())
        self._check_switch()

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many ids the tokenizer has."""
        return {"vocab_size": self.size}

    @property
    def added(self) -> int:
        """How many ids the model reads in addition to those of a source; a prompt has no fixed number of them."""
        return 0

    def render(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """Return the prompt as the model reads it, up to the beginning of its answer.

        Raises:
            ModelError: the template refuses the messages.
        """
        if self._contract.template == "none":
            return "".join(str(message["content"]) for message in messages) + self._thinking.prefill
        return self._templated(messages, self._thinking.arguments) + self._thinking.prefill

    def encode(self, rendered: str, text: str) -> list[int]:
        """Return the ids of a rendered prompt.

        Args:
            rendered: as `render` returns it.
            text: the source in it.

        Raises:
            ModelError: the source contains a special token, and the template changed the source.
        """
        if not any(token in text for token in self._added):
            return self._encode(rendered)
        text = text.strip()
        before, found, after = rendered.rpartition(text)
        if not found:
            raise ModelError("the source contains a special token of the tokenizer; remove it", where=self.path)
        return [*self._encode(before), *self._plain(text), *self._encode(after, is_first=False)]

    def count(self, text: str) -> int:
        """Return how many tokens a text has."""
        return len(self._plain(text))

    def cut(self, text: str, tokens: int) -> str:
        """Return the beginning of a text with at most so many tokens."""
        offsets = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=True, max_length=max(1, tokens)
        )["offset_mapping"]
        return text[: offsets[-1][1]] if offsets and tokens > 0 else ""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of an output, with all tokens that the model wrote."""
        known = [token for token in ids if token < self.size]
        return str(self._tokenizer.decode(known, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def ends(self) -> tuple[int, ...]:
        """Return the ids of the contract's stop texts that are one token. `stopped` cuts at the others."""
        numbers = (self._encode(text, is_first=False) for text in self._contract.stop)
        return tuple(ids[0] for ids in numbers if len(ids) == 1)

    def stopped(self, written: str) -> str:
        """Return what was written before the first of the contract's stop texts."""
        places = [place for text in self._contract.stop if (place := written.find(text)) >= 0]
        return written[: min(places)] if places else written

    def write(self, text: str, target: str, values: Mapping[int, str]) -> list[int]:
        """Return the ids with which the model would write a text."""
        return self._plain(text)

    def _encode(self, text: str, *, is_first: bool = True) -> list[int]:
        # A template writes the token that begins a prompt itself.
        begins = is_first and self._contract.template == "none"
        return list(self._tokenizer.encode(text, add_special_tokens=begins))

    def _templated(self, messages: Sequence[Mapping[str, Any]], arguments: Mapping[str, Any]) -> str:
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    [dict(message) for message in messages],
                    tokenize=False,
                    add_generation_prompt=True,
                    chat_template=self._dated(),
                    **arguments,
                )
            )
        except Exception as error:  # Jinja's errors, and those that a template raises itself
            reason = " ".join(str(error).split())[:200]
            raise ModelError(
                f"its chat template refused the messages of prompt {self._contract.name} ({reason}); choose the prompt "
                "that its authors give (harness list prompts)",
                where=self.path,
            ) from None

    def _dated(self) -> str | None:
        """Return the checkpoint's template with a day of its own; None if it asks for no day."""
        template = self._tokenizer.get_chat_template()
        return f"{_DAY}{template}" if "strftime_now" in template else None

    def _check_switch(self) -> None:
        """Raise ModelError if the template writes the same with and without the arguments that switch reasoning off."""
        arguments = self._thinking.arguments
        if not arguments or self._contract.template == "none":
            return
        messages = [{"role": "user", "content": "1"}]
        if self._templated(messages, arguments) == self._templated(messages, {}):
            shown = ", ".join(f"{key}: {str(value).lower()}" for key, value in arguments.items())
            raise ModelError(
                f"its chat template ignores {shown}, which prompt {self._contract.name} sets to switch reasoning off; "
                "if the model does not reason, choose prompt: chat",
                where=self.path,
            )
