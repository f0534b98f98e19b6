"""The keys that any task may have in a config."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

# A metric's name, or a mapping of its name to its options.
MetricChoice = str | dict[str, dict[str, Any]]


class TaskOptions(BaseModel):
    """The keys that any task may have in a config. A task's own options extend them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="the task")
    unit: str | None = Field(default=None, description="what one output stands for; default: the task's first unit")
    target: str | None = Field(default=None, description="output language; default: the task's first target")
    metrics: tuple[MetricChoice, ...] | None = Field(
        default=None, min_length=1, description="default: the task's metrics; a name, or {NAME: {OPTION: VALUE}}"
    )
    primary: str | None = Field(
        default=None, description="the metric that ranks systems; default: the task's, or the first of `metrics`"
    )

    def reads(self, version: str) -> bool:
        """Whether outputs are compared with references of this version."""
        return True

    def own(self) -> dict[str, Any]:
        """Return the values of the keys that a task adds, by key."""
        return {key: getattr(self, key) for key in type(self).model_fields if key not in TaskOptions.model_fields}
