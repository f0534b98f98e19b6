"""The keys of a prompt contract, in a YAML file or in a config, and their checks. Pure.

Sequences are lists: pydantic's strict mode takes no list for a tuple behind the validator that reads a bare name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.core import registry
from harness.core.text.marks import Marks
from harness.models import _answers
from harness.models._seq2seq.decoding import DecodingOptions

TEXT = "text"
PLACEHOLDERS = {
    TEXT: "the source",
    "source": "the English name of its language",
    "target": "the English name of the output's language",
    "source_code": "the two-letter code of the source's language",
    "target_code": "the two-letter code of the output's language",
}
# A placeholder, or a brace that stands for itself.
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

Content = str | list[dict[str, str]]


class Message(BaseModel):
    """One turn of a conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"] = Field(description="whose turn it is")
    content: Content = Field(
        description="its text; or a list of parts, as some checkpoints' templates want; {{ and }} stand for braces"
    )

    @field_validator("content")
    @classmethod
    def _known_placeholders(cls, content: Content) -> Content:
        for text in texts(content):
            for match in BRACES.finditer(text):
                if match.group() in ("{", "}"):
                    raise ValueError(f"found a single {match.group()}; write {match.group() * 2} for a brace")
                if match.group(1) is not None and match.group(1) not in PLACEHOLDERS:
                    raise ValueError(registry.unknown("placeholder", match.group(1), PLACEHOLDERS))
        return content


def texts(content: Content) -> Iterator[str]:
    """Yield the texts in the content of a message."""
    if isinstance(content, str):
        yield content
    else:
        for part in content:
            yield from part.values()


class TaskPrompt(BaseModel):
    """How a model is asked for one task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: list[Message] = Field(min_length=1, description="the conversation up to the model's turn")
    marks: Marks = Field(
        default="none",
        description="how {text} is written: as it is; lines: a sentence per line; ids: each line begins with its "
        "number, [1]",
    )

    @model_validator(mode="after")
    def _complete(self) -> TaskPrompt:
        if self.messages[-1].role != "user":
            raise ValueError(f"the last message is of the {self.messages[-1].role}; expected the user's")
        if any(message.role == "system" for message in self.messages[1:]):
            raise ValueError("a system message stands after another one; put it first")
        if not any("{text}" in text for message in self.messages for text in texts(message.content)):
            raise ValueError("no message has {text}, so that the model would not see the source; add it")
        return self


class Thinking(BaseModel):
    """How a model's reasoning is switched off, and how it is told from an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    arguments: dict[str, bool | str] = Field(
        default={}, description="arguments of the checkpoint's template that switch it off: {enable_thinking: false}"
    )
    prefill: str = Field(default="", description="the beginning of the answer that the prompt writes for the model")
    marks: list[str] = Field(
        default=[*_answers.MARKS], min_length=2, max_length=2, description="what opens and what closes reasoning"
    )
    room: int = Field(
        default=0, ge=0, description="tokens that outputs may have beside their budget, if reasoning cannot be stopped"
    )


class OutputBudget(BaseModel):
    """How long an output may be, in characters per character of its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    translation: float = Field(default=3.0, gt=0, description="characters of a translation per character of its source")
    summarisation: float = Field(default=0.5, gt=0, description="characters of a summary per character of its source")
    least: int = Field(default=400, ge=1, description="characters that any output may have")


class PromptClaim(BaseModel):
    """Where something in a contract comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str = Field(description="what is claimed")
    mark: Literal["O", "S", "M", "own"] = Field(
        description="O: read at the source; S: in a secondary source; M: from memory, unverified; own: our own choice"
    )


class PromptSpec(BaseModel):
    """The keys of a prompt contract. In a config a bare text is the name of a contract of the harness."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str | None = Field(default=None, description="a YAML file with these keys")
    extends: str | None = Field(default=None, description="the contract that has the keys that are not here")
    summary: str | None = Field(default=None, description="one line: which models are asked in this way")
    checkpoints: list[str] | None = Field(default=None, description="names on the hub")
    prompts: dict[str, TaskPrompt] | None = Field(
        default=None, description="by the beginning of a task's label: how the model is asked; the longest key counts"
    )
    template: Literal["checkpoint", "none"] | None = Field(
        default=None, description="checkpoint: its own chat template; none: the contents of the messages, joined"
    )
    system_turn: bool | None = Field(default=None, description="whether the model was trained with a system turn")
    thinking: Thinking | None = Field(default=None, description="how reasoning is switched off")
    stop: list[str] | None = Field(default=None, description="texts that end an answer, beside the checkpoint's")
    generation: DecodingOptions | None = Field(default=None, description="its authors' decoding; default: greedy")
    answers: list[str] | None = Field(
        default=None, description=f"rules that take an answer out of its wrapping: {', '.join(_answers.RULES)}"
    )
    refused: dict[str, str] | None = Field(default=None, description="languages (FLORES codes) with the reason")
    units: list[Literal["sentence", "paragraph", "article"]] | None = Field(
        default=None, description="what the model was made to read at once"
    )
    input_tokens: int | None = Field(default=None, ge=8, description="longest prompt; default: the checkpoint's limit")
    output_budget: OutputBudget | None = Field(default=None, description="how long outputs may be")
    facts: list[PromptClaim] | None = Field(default=None, description="where the claims in this file come from")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {"extends": value} if isinstance(value, str) else value

    @field_validator("prompts")
    @classmethod
    def _known_tasks(cls, prompts: dict[str, TaskPrompt] | None) -> dict[str, TaskPrompt] | None:
        known = registry.names("tasks")
        for key in prompts or ():
            if not any(key == name or key.startswith(f"{name}-") for name in known):
                raise ValueError(registry.unknown("task", key, known, see="harness list tasks"))
        return prompts

    @field_validator("answers")
    @classmethod
    def _known_rules(cls, rules: list[str] | None) -> list[str] | None:
        for rule in rules or ():
            if rule not in _answers.RULES:
                raise ValueError(registry.unknown("rule", rule, _answers.RULES))
        return rules

    @field_validator("stop")
    @classmethod
    def _texts(cls, stop: list[str] | None) -> list[str] | None:
        if any(not text for text in stop or ()):
            raise ValueError("found an empty text; it would end every answer at once")
        return stop

    @model_validator(mode="after")
    def _agree(self) -> PromptSpec:
        others = sorted(key for key in self.model_fields_set - {"file"} if getattr(self, key) is not None)
        if self.file is not None and others:
            raise ValueError(f"file and {others[0]}: a file has all keys of its prompt; move {others[0]} into it")
        return self
