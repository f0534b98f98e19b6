"""Prompt contracts: how a chat model is asked, and what around its answer is no part of it. Pure.

A changed word in a prompt can cost a model that was trained on one prompt 30 points of chrF++. So each line of models
has a contract, a YAML file in `harness/models/prompts/` (see `schema.PromptSpec` for its keys). A config names one, or
brings its own file or keys. A contract is identified by its content: an edited prompt makes another system.

The families of local chat models and of endpoints share this package. `render` gives the messages of a source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from harness import tasks
from harness.core import document, files, registry, validation
from harness.core.errors import InputError, ProblemsError
from harness.core.records import Source
from harness.core.registry import Listed
from harness.core.text import marks
from harness.models._prompts import languages
from harness.models._prompts.schema import (
    BRACES,
    TEXT,
    Message,
    OutputBudget,
    PromptClaim,
    PromptSpec,
    TaskPrompt,
    Thinking,
)
from harness.models._seq2seq.decoding import DecodingOptions

__all__ = [
    "OutputBudget", "Contract", "Example", "PromptSpec", "Thinking", "TaskPrompt", "get", "inlined", "listing", "load",
    "names", "of_checkpoint", "render", "written",
]  # fmt: skip

_FOLDER = Path(__file__).parent.parent / "prompts"
# The contract of models that have none of their own.
GENERIC = "chat"
# The keys that decide no output.
_DESCRIBE = ("file", "extends", "summary", "checkpoints", "facts", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A prompt contract with every key filled in (see `PromptSpec` for their meanings)."""

    name: str
    digest: str  # of all that decides an output
    summary: str
    prompts: Mapping[str, TaskPrompt]
    checkpoints: Sequence[str] = ()
    template: Literal["checkpoint", "none"] = "checkpoint"
    system_turn: bool = True
    thinking: Thinking = field(default_factory=Thinking)
    stop: Sequence[str] = ()
    generation: DecodingOptions = field(default_factory=DecodingOptions)
    answers: Sequence[str] = ()
    refused: Mapping[str, str]
    units: Sequence[tasks.Unit] = ("sentence", "paragraph", "article")
    input_tokens: int | None = None
    output_budget: OutputBudget = field(default_factory=OutputBudget)
    facts: Sequence[PromptClaim] = ()

    @property
    def unverified(self) -> tuple[str, ...]:
        """The claims that nobody has read at a source."""
        return tuple(fact.what for fact in self.facts if fact.mark == "M")

    @property
    def remark(self) -> str:
        """What the prompt is, and what of it is unverified, in a line."""
        doubts = f" Unverified: {'; '.join(self.unverified)}." if self.unverified else ""
        return f"prompt {self.name}: {self.summary}{doubts}"

    def key(self, label: str) -> str:
        """Return the key in `prompts` of a task: the longest one that its label begins with, or its kind's.

        Raises:
            InputError: the contract has no prompt for the task.
        """
        fitting = [key for key in self.prompts if label == key or label.startswith(f"{key}-")]
        if fitting:
            return max(fitting, key=len)
        usual = "summarise" if _task(label).kind == "summarisation" else "translate"
        if usual not in self.prompts:
            raise InputError(
                f"it has no prompt for task {label} (it has {', '.join(self.prompts)}); add one under prompts, or "
                "set the system's tasks",
                where=f"prompt {self.name}",
            )
        return usual

    def fault(self, label: str) -> str | None:
        """Return why the model cannot do a task, None if it can."""
        try:
            self.key(label)
        except InputError as error:
            return str(error)
        task = _task(label)
        target = next((each for each in task.targets if label.endswith(f"-{each}")), task.target)
        refused = [each for each in (task.source, target) if each in self.refused]
        return f"{refused[0]} is refused: {self.refused[refused[0]]}" if refused else None

    def doubts(self, label: str) -> list[str]:
        """Return in words that the model was made for smaller units than a task's; empty if it was not."""
        task = _task(label)
        unit = next((each for each in task.units if label.endswith(f"-{each}")), task.unit)
        made_for = " or ".join(f"a {each}" for each in self.units)
        return [] if unit in self.units else [f"the model was made to read {made_for}, not the whole {unit}"]

    def budget(self, source: Source) -> int:
        """Return how many characters the output of a source may have."""
        kind = "summarisation" if _task(source.task).kind == "summarisation" else "translation"
        factor: float = getattr(self.output_budget, kind)
        return max(self.output_budget.least, round(factor * len(source.text)))


@dataclass(frozen=True, slots=True)
class Example:
    """A source and its output, which a prompt shows to the model."""

    source: str
    target: str


def names() -> list[str]:
    """Return the names of the harness's contracts, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def listing() -> list[Listed]:
    """Return the harness's contracts, each with a line on it."""
    return [Listed(name, registry.BUILT_IN, get(name).summary) for name in names()]


@cache
def get(name: str) -> Contract:
    """Return a contract of the harness.

    Raises:
        InputError: there is none of that name.
    """
    return _filled(_merged(_named(name)), name)


def of_checkpoint(checkpoint: str) -> str:
    """Return the name of the contract that lists a checkpoint of the hub; the generic one if none does."""
    return next((name for name in names() if checkpoint in get(name).checkpoints), GENERIC)


def load(spec: PromptSpec) -> Contract:
    """Return the contract that a config names, or brings in a file or with its own keys.

    Raises:
        InputError: the file cannot be read, a key is wrong, or a name is unknown.
    """
    if spec.file is not None:
        path = Path(spec.file)
        spec, name = _read(path), path.stem
    elif _own(spec):
        name = f"own ({spec.extends})" if spec.extends else "own"
    else:
        return get(spec.extends or GENERIC)
    return _filled(_merged(spec), name)


def inlined(spec: PromptSpec) -> PromptSpec:
    """Return the content of the file that a config names, so that a run keeps what was asked; else the same.

    Raises:
        InputError: the file cannot be read, or a key in it is wrong.
    """
    return spec if spec.file is None else _read(Path(spec.file))


def render(contract: Contract, source: Source, examples: Sequence[Example] = ()) -> list[dict[str, Any]]:
    """Return the messages with which a model is asked for the output of a source.

    An example is a turn of the user in the same words, and its answer. Braces in a text stand for themselves.

    Raises:
        InputError: the contract refuses a language, or has no prompt for the task.
    """
    for language in (source.language, source.target):
        if language in contract.refused:
            raise InputError(f"{language} is refused: {contract.refused[language]}", where=f"prompt {contract.name}")
    wording, text = contract.prompts[contract.key(source.task)], shown(contract, source)
    count = 1 if wording.messages[0].role == "system" else 0
    opening, turns = wording.messages[:count], wording.messages[count:]
    messages = [_message(each, source, text) for each in opening]
    for example in examples:
        messages += [_message(each, source, example.source) for each in turns]
        messages.append({"role": "assistant", "content": example.target})
    return [*messages, *(_message(each, source, text) for each in turns)]


def shown(contract: Contract, source: Source) -> str:
    """Return the text of a source as its prompt has it."""
    wording = contract.prompts[contract.key(source.task)]
    return source.text if wording.marks == "none" else marks.marked(source.sentences, wording.marks)


def written(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return messages as text to look at: the role of each, and its content; a list of parts as JSON."""
    lines = []
    for message in messages:
        content = message["content"]
        shown = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        lines.append(f"{message['role']}: {shown}")
    return "\n".join(lines)


def _message(message: Message, source: Source, text: str) -> dict[str, Any]:
    def filled(template: str) -> str:
        return BRACES.sub(lambda match: _value(match.group(), match.group(1), source, text), template)

    content = message.content
    if isinstance(content, str):
        return {"role": message.role, "content": filled(content)}
    return {"role": message.role, "content": [{key: filled(value) for key, value in part.items()} for part in content]}


def _value(found: str, name: str | None, source: Source, text: str) -> str:
    if name is None:
        return found[0]  # {{ or }}
    if name == TEXT:
        return text
    language = source.language if name.startswith("source") else source.target
    return languages.code(language) if name.endswith("_code") else languages.name(language)


def _task(label: str) -> tasks.Task:
    """Return the task of a label, in its default form."""
    known = [name for name in registry.names("tasks") if label == name or label.startswith(f"{name}-")]
    return tasks.get(max(known, key=len, default=label))


def _own(spec: PromptSpec) -> bool:
    """Return whether a config brings keys of its own."""
    return any(getattr(spec, key) is not None for key in type(spec).model_fields if key not in ("file", "extends"))


def _named(name: str) -> PromptSpec:
    path = _FOLDER / f"{name}.yaml"
    if name not in names():
        raise InputError(registry.unknown("prompt", name, names(), see="harness list prompts"))
    return _read(path)


def _read(path: Path) -> PromptSpec:
    """Return the content of a contract's file.

    Raises:
        InputError: it cannot be read, or a key is wrong; each fault has its line.
    """
    read = document.read(path, expected="summary and prompts")
    spec, problems = validation.parse(PromptSpec, json.loads(json.dumps(read.tree, default=str)), read, ())
    if spec is None:
        raise ProblemsError(problems)
    if spec.file is not None:
        raise InputError("file: a prompt's file cannot name another one; use extends", where=read.where(("file",)))
    return spec


def _merged(spec: PromptSpec) -> dict[str, Any]:
    """Return the keys of a contract over those of the contract that it extends.

    Raises:
        InputError: there is none of that name, or it has no prompts.
    """
    own = {key: value for key in type(spec).model_fields if (value := getattr(spec, key)) is not None}
    name = own.pop("extends", None)
    if name is None:
        return own
    base = _merged(_named(name))
    base = {key: value for key, value in base.items() if key not in ("checkpoints", "summary")}
    return {**base, **own, "prompts": {**base.get("prompts", {}), **own.get("prompts", {})}}


def _filled(keys: dict[str, Any], name: str) -> Contract:
    if not keys.get("prompts"):
        raise InputError("it has no prompts; add them, or extends: chat", where=f"prompt {name}")
    contract = Contract(name=name, digest=_digest(keys), **{"summary": name, "refused": {}, **keys})
    with_system = [key for key, wording in contract.prompts.items() if wording.messages[0].role == "system"]
    if with_system and not contract.system_turn:
        raise InputError(
            f"prompts.{with_system[0]} has a system message, and system_turn is false; remove one of them",
            where=f"prompt {name}",
        )
    return contract


def _digest(keys: Mapping[str, Any]) -> str:
    """Return the digest of everything in a contract that decides an output. Defaults are left out."""
    spec = PromptSpec.model_construct(**{key: value for key, value in keys.items() if key not in _DESCRIBE})
    return files.digest_json(spec.model_dump(mode="json", exclude_defaults=True))[:16]
