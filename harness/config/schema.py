"""The keys of a config, as pydantic models; their names and defaults are documented in configs/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)

from harness.core import files, registry
from harness.core.errors import InputError
from harness.scoring import diagnostics

# A bare text in one of these lists is short for a mapping with this one key.
SHORT_FORMS = {"datasets": "path", "tasks": "name"}

Rule = Literal["likely", "test", "tolerance", "either", "no_worse"]


class Part(BaseModel):
    """A section of a config: an unknown key is an error, and so are NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MetricThresholds(Part):
    """The thresholds of one metric. A key that is absent is the same as for all metrics."""

    rule: Rule | None = Field(default=None, description="instead of the gate's rule")
    tolerance: float | None = Field(default=None, ge=0, description="instead of the gate's tolerance")
    ignore_below: float | None = Field(default=None, ge=0, description="instead of the gate's ignore_below")


def _check_thresholds() -> type[Part]:
    """Return the section `gate.checks`: a key for each diagnostic that the gate checks."""
    fields: dict[str, Any] = {}
    for name, diagnostic in diagnostics.every().items():
        threshold = diagnostic.threshold
        if threshold is not None and diagnostic.unit == "count":
            default = None if threshold.default is None else int(threshold.default)
            limit = Field(default=default, ge=0, description=threshold.description)
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


class Limits(NamedTuple):
    """The limits of one metric."""

    rule: Rule
    tolerance: float
    ignore_below: float


class Thresholds(Part):
    """Limits that decide whether a system became worse than it is in the baseline."""

    rule: Rule = Field(default="likely", description='which drop of a score fails: see "Rules of the gate" above')
    tolerance: float = Field(
        default=1.0,
        ge=0,
        description="points that a score may fall, on its 0-100 scale; the margin of the rule `no_worse`. A point is "
        "0.01 of COMET, CometKiwi, XCOMET and BERTScore, and 0.25 of MetricX",
    )
    ignore_below: float = Field(
        default=0.0, ge=0, description="a drop of up to this many points passes even if the paired test shows it"
    )
    metrics: dict[str, MetricThresholds] = Field(
        default={}, description="other values for single metrics, by metric name"
    )
    checks: CheckThresholds = Field(
        default=CheckThresholds(),
        description="how much worse than in the baseline: outputs for `empty`, percentage points for the others; "
        "null: not checked",
    )
    slack_outputs: int = Field(
        default=2,
        ge=0,
        description="outputs (of `unknown`: tokens) by which a share in `checks` may always be worse, so that one "
        "output of a few fails no gate",
    )
    speed: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="tokens per second must reach this share of the baseline's; null: not checked",
    )
    confidence: float | None = Field(
        default=None,
        gt=0.5,
        lt=1,
        description="level of the gate's tests; 0.99 gives fewer false alarms; null: that of `statistics`",
    )
    confirm: Literal["rerun"] | None = Field(
        default=None,
        description="`rerun`: if the gate fails, make the outputs of the failed systems again and gate twice; only "
        "what fails both times fails; null: gate once",
    )

    def of(self, metric: str, point: float = 1.0) -> Limits:
        """Return a metric's limits: its own, or those of all metrics, of which a point is `point` of its scale."""
        own = self.metrics.get(metric, MetricThresholds())
        return Limits(
            self.rule if own.rule is None else own.rule,
            self.tolerance * point if own.tolerance is None else own.tolerance,
            self.ignore_below * point if own.ignore_below is None else own.ignore_below,
        )


class Statistics(Part):
    """How intervals and tests are computed."""

    resamples: int = Field(default=1000, ge=100, le=1_000_000, description="bootstrap resamples, for intervals")
    seed: int = Field(default=0, ge=0, description="of the resamples and the random swaps")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="level of the intervals and tests")
    flips: int | None = Field(
        default=None,
        ge=100,
        le=10_000_000,
        description="random swaps per paired test; default: 10 * pairs of systems / (1 - confidence), at least 1000",
    )
    interval: Literal["t", "percentile"] = Field(
        default="t", description="t: Student's t with the bootstrap's standard error; percentile: as sacreBLEU"
    )

    def stored(self) -> dict[str, Any]:
        """Return the keys as JSON. Keys that earlier runs did not have are left out if they have their default.

        So the folder of an earlier run keeps its name.
        """
        later = {"flips", "interval"}
        kept = self.model_dump(mode="json", exclude_defaults=True, include=later)
        return self.model_dump(mode="json", exclude=later) | kept


def _not_human(value: Any) -> Any:
    """Refuse the earlier name of the reference row."""
    if value == "human":
        raise ValueError('the row "human" is called "reference" now, because no person wrote the references')
    return value


def _with_column(name: str) -> str:
    """Refuse the name of a diagnostic that has no column."""
    named = [each for each, diagnostic in diagnostics.every().items() if diagnostic.column is not None]
    if name not in named:
        raise ValueError(registry.unknown("column", name, named, see="harness list diagnostics"))
    return name


Shown = Annotated[str, AfterValidator(_with_column)]
Bound = Annotated[Literal["reference", "oracle"], BeforeValidator(_not_human)]


class Reproduces(Part):
    """The published figures that a config is meant to reproduce (`harness reproduce`)."""

    system: str = Field(min_length=1, description="the published system, as `results/published` names it")
    row: str | None = Field(default=None, description="the system here that stands for it; default: the first")
    tolerance: float = Field(default=0.2, ge=0, description="points that a score may differ from the published one")


class ExecutorOptions(Part):
    """Where systems generate. It changes no output, so a run with another executor is the same run."""

    name: str = Field(default="local", description="`local`: in this process; `ray`: on a Ray cluster")
    address: str | None = Field(
        default=None,
        min_length=1,
        description="of the cluster, as Ray takes it: `auto` for the one that this machine is part of; default: a new "
        "one on this machine, for this run alone",
    )
    workers: int | None = Field(
        default=None, ge=1, description="processes that generate, at most; default: as many as the cluster has room for"
    )
    resources: dict[str, float] = Field(
        default={},
        description="what each worker needs, by Ray's names (`num_cpus`, `num_gpus`, `memory` in bytes, or a resource "
        "of the cluster); default: one CPU, one GPU for systems with weights if the cluster has GPUs, and the memory "
        "that `harness check` estimates",
    )

    @field_validator("resources")
    @classmethod
    def _amounts(cls, resources: dict[str, float]) -> dict[str, float]:
        for name, amount in resources.items():
            if name in ("CPU", "GPU"):
                raise ValueError(f"expected num_{name.lower()}s, found {name}")
            if not 0 <= amount < float("inf"):
                raise ValueError(f"{name}: expected a number of 0 or more, found {amount}")
        return resources

    def changed(self, **keys: Any) -> ExecutorOptions:
        """Return the options with other values for the keys that are not None. Another executor takes none from here.

        Raises:
            InputError: a value is wrong; the message begins with the option of the command line.
        """
        given = {key: value for key, value in keys.items() if value is not None}
        kept = {} if given.get("name", self.name) != self.name else self.model_dump(exclude_defaults=True)
        try:
            return ExecutorOptions.model_validate({**kept, **given})
        except ValidationError as error:
            detail = error.errors()[0]
            option = {"name": "--executor"}.get(key := str(detail["loc"][0]), f"--{key}") if detail["loc"] else ""
            raise InputError(detail["msg"].removeprefix("Value error, "), where=option) from None

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if not registry.is_known("executors", name):
            raise ValueError(registry.unknown_name("executors", name))
        return name

    @model_validator(mode="after")
    def _has_effect(self) -> ExecutorOptions:
        given = [key for key in ("address", "workers", "resources") if getattr(self, key)]
        if self.name == "local" and given:
            raise ValueError(f"{given[0]} has no effect with executor local; add name: ray, or remove {given[0]}")
        return self


# Keys of a task, each with a value for an example.
_OF_TASKS = {"metrics": "[chrf++, bleu]", "primary": "bleu", "unit": "article", "target": "eng_Latn"}


class RunConfig(Part):
    """The top level of a config.

    `load` checks datasets, tasks and systems with the options of their format, task and family. It also replaces a bare
    text in `datasets` or `tasks` by the mapping that it is short for.
    """

    # What the message says of a key of a task that is written at the top level.
    MISPLACED: ClassVar[Mapping[str, str]] = {
        key: f"it belongs to a task: tasks: [{{name: translate, {key}: {value}}}]" for key, value in _OF_TASKS.items()
    }

    name: str = Field(pattern=files.FILE_NAME, max_length=80, description="the run's folder starts with this name")
    datasets: tuple[dict[str, Any], ...] = Field(
        min_length=1, description="a bare text is the `path` of a `handwritten` one"
    )
    tasks: tuple[dict[str, Any], ...] = Field(min_length=1, description="a bare text is a task's `name`")
    systems: tuple[dict[str, Any], ...] = Field(min_length=1, description="the systems to compare")
    bounds: tuple[Bound, ...] = Field(
        default=("reference", "oracle"),
        description="rows that are not systems, shown for comparison; with `reference`, every row of a table with two "
        "references or more leaves one out in turn, and the score against all references stands beside it",
    )
    statistics: Statistics = Field(default=Statistics(), description="how intervals and tests are computed")
    limit: int | None = Field(
        default=None, ge=1, description="use only the first so many sources of each task and dataset"
    )
    published: bool = Field(
        default=False, description="show figures that others published on the same test set, as rows of their own kind"
    )
    licences: bool = Field(
        default=False,
        description="note below the tables which systems' weights must not be used commercially, or have no known "
        "licence",
    )
    usage: bool = Field(
        default=False, description="note below the tables how many tokens each endpoint used, and what they cost"
    )
    columns: tuple[Shown, ...] = Field(
        default=(),
        description="diagnostics to show as columns beside the scores, such as tokens_per_word and speed (see `harness "
        "list diagnostics`)",
    )
    reproduces: Reproduces | None = Field(
        default=None, description="the published figures that `harness reproduce` compares the run with"
    )
    gate: Thresholds = Field(default=Thresholds(), description="what `harness gate` accepts")
    executor: ExecutorOptions = Field(
        default=ExecutorOptions(), description="where systems generate; a bare text is its `name`"
    )


class GateConfig(BaseModel):
    """The part of a config that `harness gate` reads. The data and models that the rest names may be missing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    statistics: Statistics = Statistics()
    gate: Thresholds = Thresholds()
