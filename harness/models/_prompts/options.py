"""The keys of a system that is asked with a prompt: local chat models and endpoints have them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.core import files, jsonl, text, validation
from harness.core.errors import InputError, ModelError, Problem, ProblemsError
from harness.core.records import Source
from harness.core.text.marks import Marks
from harness.models import SystemOptions, _prompts
from harness.models._prompts import Contract, Example, PromptSpec
from harness.tasks import Task


class ExampleOptions(BaseModel):
    """A source and its output, shown to the model before the source that it is asked about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1, description="a text in the language of the sources; not one of the test set")
    target: str = Field(min_length=1, description="its output")


class PromptedOptions(SystemOptions):
    """The keys of a system that is asked with a prompt."""

    prompt: PromptSpec | None = Field(
        default=None,
        description="the name of a prompt (harness list prompts), {file: my.yaml}, or its keys; default: the "
        "checkpoint's own, else chat",
    )
    unit: Literal["paragraph", "article"] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="read whole paragraphs or articles, also in a translation task with shorter units (see Whole "
        "articles); default: the task's units",
    )
    examples: list[ExampleOptions] | Path = Field(
        default=[], description="sources with their outputs to show to the model; a list, or a JSONL file of them"
    )
    answers: Literal["rules", "raw"] = Field(
        default="rules",
        description="rules: the prompt's rules remove what stands around an answer; raw: outputs are what was written",
    )
    output_budget: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="characters that an output may have per character of its source; default: the prompt's",
    )

    @property
    def asked_model(self) -> str:
        """The name by which a prompt contract may list the model."""
        return ""

    def resolve(self, folder: Path) -> Self:
        """Return the options with the content of files in place of their paths, so that a run keeps what was asked.

        A file that cannot be read stays as it is, with its path relative to `folder`; `faults` reports it.
        """
        resolved = cast("Self", super().resolve(folder))
        update: dict[str, Any] = {}
        if self.prompt is not None and self.prompt.file is not None:
            file = os.path.normpath(folder / Path(self.prompt.file).expanduser())
            update["prompt"] = PromptSpec(file=file)
            with suppress(InputError):
                update["prompt"] = _prompts.inlined(update["prompt"])
        if isinstance(self.examples, Path):
            update["examples"] = Path(os.path.normpath(folder / self.examples.expanduser()))
            with suppress(InputError):
                update["examples"] = _read_examples(update["examples"])
        return resolved.model_copy(update=update)

    def faults(self, tasks: Sequence[str]) -> list[str]:
        """Return the mistakes in the prompt and the examples, and the tasks that the prompt cannot ask for."""
        return [*super().faults(tasks), *self._prompt_faults(tasks)]

    def _prompt_faults(self, tasks: Sequence[str]) -> Iterator[str]:
        try:
            contract = self.contract()
        except InputError as error:
            yield from (f"prompt: {problem}" for problem in error.problems)
        else:
            yield from (f"prompt: {fault}" for fault in map(contract.fault, tasks) if fault)
        if isinstance(self.examples, Path):
            try:
                _read_examples(self.examples)
            except InputError as error:
                yield from (f"examples: {problem}" for problem in error.problems)

    def asked_marks(self, task: Task) -> Marks:
        """Return the marks that the prompt asks for; none if the prompt is wrong, which `faults` reports."""
        try:
            contract = self.contract()
            return contract.prompts[contract.key(task.label)].marks
        except InputError:
            return "none"

    def contract(self) -> Contract:
        """Return the prompt contract.

        Raises:
            InputError: it cannot be read, or a name is unknown.
        """
        return _prompts.load(self.prompt or PromptSpec(extends=_prompts.of_checkpoint(self.asked_model)))

    def shots(self) -> list[Example]:
        """Return the examples; none if their file cannot be read, which `faults` reports."""
        given = [] if isinstance(self.examples, Path) else self.examples
        return [Example(each.source, each.target) for each in given]

    def asked(self, contract: Contract) -> dict[str, Any]:
        """Return everything about the prompt that decides an output, for an identity."""
        examples = [[each.source, each.target] for each in self.shots()]
        return {
            "prompt": {"name": contract.name, "digest": contract.digest},
            **({"examples": files.digest_json(examples)[:16]} if examples else {}),
            "answers": list(contract.answers) if self.answers == "rules" else "raw",
            **({"output_budget": self.output_budget} if self.output_budget is not None else {}),
        }

    def fingerprint(self) -> dict[str, Any]:
        """Return the options that decide outputs, with the prompt by its content."""
        own = super().fingerprint()
        try:
            own["prompt"] = self.contract().digest
        except InputError:
            own["prompt"] = "absent"  # `faults` reports it
        return own

    def characters(self, contract: Contract, source: Source) -> int:
        """Return how many characters the output of a source may have."""
        if self.output_budget is None:
            return contract.budget(source)
        return max(contract.output_budget.least, round(self.output_budget * len(source.text)))


def check_examples(examples: Sequence[Example], sources: Sequence[Source]) -> None:
    """Check that no example is a source of the test set: its output would be no measure of the model.

    Raises:
        ModelError: one is, after both are normalised.
    """
    if not examples:
        return
    shown = {_words(example.source, source.language) for source in sources[:1] for example in examples}
    for source in sources:
        if _words(source.text, source.language) in shown:
            raise ModelError(f"an example is {source.id} of the test set; choose another text", where="examples")


def _words(content: str, language: str) -> tuple[str, ...]:
    """Return a text as it is compared: its words without punctuation; if it has none, its signs."""
    normalised = text.normalise(content, language)
    return tuple(text.words(normalised)) or tuple(normalised.split())


def _read_examples(path: Path) -> list[ExampleOptions]:
    """Return the examples in a JSONL file.

    Raises:
        InputError: it cannot be read, or a line is no example.
    """
    rows, problems = jsonl.read(path)
    examples = []
    for number, row in rows:
        try:
            examples.append(ExampleOptions.model_validate(row))
        except ValidationError as error:
            messages = [message for _, message in validation.faults(ExampleOptions, row, error)]
            problems += [Problem(f"{path} line {number}", message) for message in messages]
    if problems:
        raise ProblemsError(sorted(problems))
    return examples
