"""The contract of a metric: one file in this package with `METRICS`, a mapping from name to class.

A metric turns each segment into a row of additive *statistics*, and a sum of rows into a score. Bootstraps, paired
tests and tables use only statistics. One implementation of each therefore serves all metrics, and each text is read
once.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt

from harness.core import registry, text
from harness.core.descriptions import MetricDescription
from harness.core.errors import InputError
from harness.metrics import _options
from harness.metrics._examples import Batch, Examples, Extra, FloatArray, Readings

__all__ = [
    "Batch", "Examples", "Extra", "FloatArray", "Metric", "Readings", "choose", "class_of", "get", "plain_name",
    "references_in", "written",
]  # fmt: skip

# Version of `text.normalise`. It is part of every signature of a metric that normalises: raise it when that changes.
NORMALISATION = 1


class Metric(ABC):
    """A metric for outputs in one language.

    `normalises` says whether hypotheses and references go through `text.normalise` first. By default Devanagari does,
    because one word has several encodings there. Text in another script is scored unchanged, so that scores are
    comparable with published ones. A name that ends in `-normalised` or `-raw` decides it for every language. A
    subclass with another rule sets the attribute in its constructor.
    """

    @dataclass(frozen=True)
    class Options:
        """Settings that a user may choose. The defaults are the metric's standard settings; this class has none."""

        def resolve(self, folder: Path) -> Metric.Options:
            """Return the options with relative paths made relative to `folder`."""
            return self

        def label(self) -> str:
            """Return the options in short, for the name of a metric whose name does not contain them."""
            return ""

        def changed(self, folder: Path) -> dict[str, Any]:
            """Return the options that are not the defaults as a config has them, with paths relative to `folder`."""
            return {}

        def fingerprint(self) -> dict[str, Any]:
            """Return what identifies the options in a config's digest: files by content, not by path."""
            return {}

    scale: ClassVar[tuple[float, float]] = (0.0, 100.0)  # the lowest and the highest score; inf: no bound
    higher_is_better: ClassVar[bool] = True
    citation: ClassVar[str]
    needs: ClassVar[tuple[Extra, ...]] = ()  # what it reads besides hypotheses and references
    # Computing statistics takes so long that they are kept on disk between commands: see `harness.scoring.compute`.
    kept: ClassVar[bool] = False
    # Version of the statistics of a metric that is `kept`: raise it when they change under the same signature.
    recipe: ClassVar[int] = 1
    # Its score is 100 times the sum of column 0 by that of column 1, a part of a whole of things that are counted.
    is_share: ClassVar[bool] = False
    # It loads a neural network, and may import torch. Every other metric runs without it. Its scores are means over
    # segments, and its statistics are [value, 1].
    needs_network: ClassVar[bool] = False
    reads_references: ClassVar[bool] = True
    # Its name contains its options. A metric with a checkpoint has a short name, and its options are kept beside it.
    names_options: ClassVar[bool] = True
    decimals: ClassVar[int] = 1  # with which its scores are shown
    # How much of its scale counts as one point, where a limit is in points of a scale of 0 to 100.
    point: ClassVar[float] = 1.0

    normalises: bool
    # With a network: a signature that was stored with statistics. Such a metric reads no checkpoint.
    stored: str | None = None

    def __init__(self, name: str, language: str, options: Options | None = None) -> None:
        """Set up the metric.

        Args:
            name: one of the names that the module provides, with the options that follow it, if any.
            language: FLORES code of hypotheses and references.
            options: an instance of the class's own `Options`; None for the defaults.

        Raises:
            InputError: a subclass is not defined for the language.
        """
        self.name = name
        self.plain_name = plain_name(name)
        self.language = language
        self.options = options or self.Options()
        raw, always = (self.plain_name.endswith(ending) for ending in ("-raw", "-normalised"))
        self.normalises = always or (language.endswith("_Deva") and not raw)

    def statistics(self, examples: Examples) -> FloatArray:
        """Return one row of additive statistics per segment, shape [n, d].

        A segment is scored with the references that it has. An empty hypothesis is legal.

        Raises:
            ScoringError: no segments, unequal counts, transposed references, a segment without a reference, or a text
                that is not a string.
        """
        examples.check(self.needs)
        batches = examples.batches(self._normalise if self.normalises else None)
        parts = [(indices, self._statistics(batch)) for indices, batch in batches]
        rows = np.empty((len(examples.hypotheses), parts[0][1].shape[1]))
        for indices, part in parts:
            rows[indices] = part
        return rows

    @abstractmethod
    def score(self, statistics: FloatArray) -> FloatArray:
        """Return the score of summed statistics, shape [..., d] to [...], on `scale`."""

    def segment_scores(self, statistics: FloatArray) -> FloatArray:
        """Return the score of each segment, shape [n, d] to [n]; by default `score` of its row. NaN: it has none.

        They are for inspecting segments. Their mean is the system's score only if the metric is a mean over segments.
        """
        return self.score(statistics)

    def applies(self, statistics: FloatArray) -> npt.NDArray[np.bool_]:
        """Return whether rows of statistics, or sums of them, have anything to score, shape [..., d] to [...].

        It is False only for a metric of annotations and segments without any. Such a segment has no score.
        """
        return np.ones(statistics.shape[:-1], dtype=np.bool_)

    def signature(self, references: int | None) -> str:
        """Return the string of all settings that decide a score.

        `references` is the number that every segment has; None if it differs between segments ("nrefs:var"). If the
        metric does not normalise, the string is exactly that of the library that computes the metric.
        """
        signature = self._signature(references)
        if self.normalises:
            signature += f"|norm:{self.language.partition('_')[0]}.{NORMALISATION}"
        return signature

    def current(self, signature: str) -> str:
        """Return the signature that this version of the harness would give to scores with this stored signature."""
        return self.signature(references_in(signature))

    def read(self, examples: Examples, indices: Sequence[int]) -> Readings:
        """Return what a metric with a network reads off some of the segments, in the order of `indices`.

        Raises:
            ModelError: its checkpoint cannot be found, loaded or run.
        """
        return Readings(self.statistics(examples.take(indices)), [False] * len(indices))

    def context(self, examples: Examples) -> str:
        """Return what decides the statistics of a segment beside its own texts, such as weights from all references."""
        return ""

    def renew(self) -> None:  # noqa: B027 (most metrics have no checkpoint)
        """Forget what was found of a checkpoint: its folder may have changed since. Without one, do nothing."""

    def describe(self) -> MetricDescription | None:
        """Return what a metric with a checkpoint needs; None without one. May ask a hub."""
        return None

    def has_tokens(self, hypothesis: str) -> bool:
        """Return whether a text contains anything that this metric scores: by default any visible character."""
        # Normalise even if the metric does not: this removes invisible characters.
        return bool(_normalised(hypothesis, self.language).strip())

    @abstractmethod
    def _statistics(self, batch: Batch) -> FloatArray: ...

    @abstractmethod
    def _signature(self, references: int | None) -> str: ...

    def _normalise(self, content: str) -> str:
        return _normalised(content, self.language) if self.normalises else content


def get(name: str, language: str, options: Metric.Options | None = None, *, stored: str | None = None) -> Metric:
    """Return a metric for outputs in `language`.

    Args:
        name: of the metric. Options can follow: "bleu:tokenize=intl", "chrf++:char_order=4,lowercase=true". A name of
            `choose`, such as "comet[my-comet]", is one too.
        language: FLORES code.
        options: those of `choose`; None for those in the name.
        stored: the signature of statistics that were stored. A metric with a network then needs no checkpoint.

    Raises:
        InputError: the metric or an option is unknown, or a value is wrong.
    """
    plain = plain_name(name)
    metric_class = class_of(plain)
    _, colon, given = name.partition(":")
    if options is None and colon and name.startswith(f"{plain}:"):
        where = f"metric {name}"
        options = _options.checked(plain, metric_class.Options, _options.pairs(given, where), where)
    metric = metric_class(name, language, options)
    if metric.needs_network:
        metric.stored = stored
    return metric


def plain_name(name: str) -> str:
    """Return the name of a metric without its options, and without the label of its checkpoint in brackets."""
    return re.split(r"[:\[]", name, maxsplit=1)[0]


def choose(items: Sequence[str | Mapping[str, Any]], folder: Path | None = None) -> dict[str, Metric.Options | None]:
    """Return the options of metrics by the names that they have in tables; None for the defaults.

    An item is a name, a name with options ("bleu:tokenize=intl"), or a mapping of a name to options
    ({"bleu": {"tokenize": "intl"}}). A metric with a checkpoint has its plain name; of several, those that are not the
    default one have a label in brackets.

    Args:
        items: what a config or a command names.
        folder: relative paths in options are relative to it; None: to the current folder.

    Raises:
        InputError: a metric or an option is unknown, or a value is wrong.
    """
    parsed: list[tuple[str, Metric.Options | None]] = []  # None: the defaults, or options that are part of the name
    for item in items:
        plain, values, where = _options.split(item)
        of = class_of(plain)
        options = None if values is None else _options.checked(plain, of.Options, values, where)
        if options is not None and of.names_options:
            parsed.append((f"{plain}:{_options.written(values or {})}", None))
        elif options is not None and (resolved := options.resolve(folder or Path())) != of.Options():
            parsed.append((plain, resolved))
        else:
            parsed.append((plain, None))
    chosen: dict[str, Metric.Options | None] = {}
    for plain, options in parsed:
        is_alone = len({other for name, other in parsed if name == plain}) == 1
        name = plain if is_alone or options is None else f"{plain}[{options.label()}]"
        if chosen.get(name, options) != options:
            raise InputError(f"two metrics would have the name {name}; their folders need different names")
        chosen[name] = options
    return chosen


def written(name: str, options: Metric.Options | None, folder: Path) -> str | dict[str, dict[str, Any]]:
    """Return a metric as a config has it: its name, or its plain name with its options, paths relative to `folder`."""
    if options is None:
        return name
    return {plain_name(name): options.changed(folder)}


def class_of(name: str) -> type[Metric]:
    """Return the class of a metric by its name, with options or without.

    Raises:
        InputError: there is none.
    """
    plain = plain_name(name)
    metrics = registry.contract(
        "metrics", plain, "METRICS", lambda classes: issubclass(classes[plain], Metric),
        f"METRICS, which maps {plain!r} to a subclass of harness.metrics.Metric",
    )  # fmt: skip
    return cast("type[Metric]", metrics[plain])


def references_in(signature: str) -> int | None:
    """Return the number of references that a signature names; None if it varies, 1 if the signature names none."""
    match = re.match(r"nrefs:(\d+|var)\b", signature)
    number = match[1] if match else "1"
    return None if number == "var" else int(number)


# Large enough for a test set of a few thousand segments with its references and several systems.
@lru_cache(maxsize=50_000)
def _normalised(content: str, language: str) -> str:
    return text.normalise(content, language)
