"""What the gate lets pass: the `gate:` section of a config, every key with its default."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Rule = Literal["tolerance", "test", "either"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MetricThresholds(_Part):
    """What differs for one metric; a key that is absent is as for all metrics."""

    rule: Rule | None = None
    tolerance: float | None = Field(default=None, ge=0)
    ignore_below: float | None = Field(default=None, ge=0)


class CheckThresholds(_Part):
    """By how much what is no quality score may be worse than in the baseline; null: it is not gated.

    Shares are in percentage points, 0 to 100. Missing segments have no key: none is ever allowed.
    """

    empty: int | None = Field(default=0, ge=0, description="blank outputs, how many more")
    cut: float | None = Field(default=1.0, ge=0, le=100, description="share of sources that were not read to the end")
    stopped: float | None = Field(default=1.0, ge=0, le=100, description="share of outputs stopped at the length limit")
    unknown: float | None = Field(default=0.1, ge=0, le=100, description="share of tokens read as <unk>")
    repetition: float | None = Field(
        default=1.0, ge=0, le=100, description="share of repeated 4-grams, mean of outputs"
    )
    wrong_script: float | None = Field(default=1.0, ge=0, le=100, description="share of outputs in another script")
    spacing: float | None = Field(
        default=1.0, ge=0, le=100, description="share of outputs with signs apart from their words"
    )


class Thresholds(_Part):
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
