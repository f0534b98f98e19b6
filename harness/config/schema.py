"""The keys of a config, as pydantic models; their names and defaults are documented in configs/README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from harness.core import files
from harness.scoring import diagnostics

Rule = Literal["tolerance", "test", "either"]


class Part(BaseModel):
    """A section of a config: an unknown key is an error, and so are NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MetricThresholds(Part):
    """What differs for one metric; a key that is absent is as for all metrics."""

    rule: Rule | None = None
    tolerance: float | None = Field(default=None, ge=0)
    ignore_below: float | None = Field(default=None, ge=0)


def _check_thresholds() -> type[Part]:
    """Return the section `gate.checks`: a key for each diagnostic that the gate checks."""
    fields: dict[str, Any] = {}
    for name, diagnostic in diagnostics.every().items():
        threshold = diagnostic.threshold
        if threshold is not None and diagnostic.unit == "count":
            limit = Field(default=int(threshold.default), ge=0, description=threshold.description)
            fields[name] = (int | None, limit)
        elif threshold is not None:
            fields[name] = (
                float | None,
                Field(default=threshold.default, ge=0, le=100, description=threshold.description),
            )
    return create_model(
        "CheckThresholds",
        __base__=Part,
        __doc__=(
            "By how much a diagnostic may be worse than in the baseline; null: it is not gated.\n\n"
            "Shares are in percentage points, 0 to 100. Missing segments have no key: none is ever allowed."
        ),
        **fields,
    )


if TYPE_CHECKING:
    CheckThresholds = Part
else:
    CheckThresholds = _check_thresholds()


class Thresholds(Part):
    """What decides that a system became worse than it is in the baseline."""

    rule: Rule = Field(
        default="either", description="a score regresses by its tolerance, by the paired test, or either"
    )
    tolerance: float = Field(default=1.0, ge=0, description="points that a score may fall")
    ignore_below: float = Field(
        default=0.0, ge=0, description="points up to which a drop that the test shows is let be"
    )
    metrics: dict[str, MetricThresholds] = Field(default={}, description="by metric: what differs for it")
    checks: CheckThresholds = CheckThresholds()
    speed: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="tokens per second, at least this share of the baseline's; null: not gated",
    )

    def of(self, metric: str) -> tuple[Rule, float, float]:
        """Return a metric's rule, tolerance and `ignore_below`."""
        own = self.metrics.get(metric, MetricThresholds())
        return (
            self.rule if own.rule is None else own.rule,
            self.tolerance if own.tolerance is None else own.tolerance,
            self.ignore_below if own.ignore_below is None else own.ignore_below,
        )


class Statistics(Part):
    """How intervals and tests are computed."""

    resamples: int = Field(default=1000, ge=100, le=1_000_000)
    seed: int = Field(default=0, ge=0)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)


class TaskChoice(Part):
    """A task as a config asks for it."""

    name: str
    unit: str | None = None
    target: str | None = None
    metrics: tuple[str, ...] | None = Field(default=None, min_length=1)
    primary: str | None = None


class DatasetChoice(Part):
    """A dataset as a config asks for it."""

    path: str
    format: str = "handwritten"


class RunConfig(Part):
    """The top level of a config."""

    name: str = Field(pattern=files.FILE_NAME, max_length=80)
    datasets: tuple[DatasetChoice | str, ...] = Field(min_length=1)
    tasks: tuple[TaskChoice | str, ...] = Field(min_length=1)
    systems: tuple[dict[str, Any], ...] = Field(min_length=1)
    bounds: tuple[Literal["reference", "oracle"], ...] = ("reference", "oracle")
    statistics: Statistics = Statistics()
    limit: int | None = Field(default=None, ge=1, description="use the first so many sources of each task")
    gate: Thresholds = Thresholds()


class GateConfig(BaseModel):
    """The part of a config that `harness gate` reads: the data and models that the rest names need not be there."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    statistics: Statistics = Statistics()
    gate: Thresholds = Thresholds()
