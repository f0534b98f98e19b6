"""The contract of a metric: one file in this package with `METRICS`, a mapping from name to class.

A metric turns each segment into a row of additive *statistics*, and a sum of rows into a score. Bootstraps, paired
tests and tables use only statistics. One implementation of each therefore serves all metrics, and each text is read
once.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import ClassVar, Literal, cast

import numpy as np
import numpy.typing as npt

from harness.core import registry, text
from harness.core.errors import InputError, ScoringError

FloatArray = npt.NDArray[np.float64]
Extra = Literal["sources", "annotations", "articles"]

# Version of `text.normalise`. It is part of every signature of a metric that normalises: raise it when that changes.
NORMALISATION = 1


@dataclass(frozen=True, slots=True)
class Examples:
    """The segments that a metric scores. All sequences have one item per segment, in one order."""

    hypotheses: Sequence[str]
    references: Sequence[Sequence[str | None]]  # one stream per version; None: the version has no text for the segment
    sources: Sequence[str] = ()  # empty unless the metric `needs` them
    annotations: Sequence[Sequence[object]] = ()  # those of each segment; empty unless the metric `needs` them
    articles: Sequence[str] = ()  # the article of each segment; empty unless the metric `needs` them

    def take(self, indices: Sequence[int]) -> Examples:
        """Return some of the segments, in the order of `indices`."""
        return Examples(
            [self.hypotheses[index] for index in indices],
            [[stream[index] for index in indices] for stream in self.references],
            [self.sources[index] for index in indices] if self.sources else (),
            [self.annotations[index] for index in indices] if self.annotations else (),
            [self.articles[index] for index in indices] if self.articles else (),
        )

    def references_of(self, index: int) -> tuple[str, ...]:
        """Return the references that a segment has, in the order of the streams."""
        return tuple(stream[index] for stream in self.references if stream[index] is not None)  # type: ignore[misc]

    def check(self, needs: Collection[Extra] = ()) -> None:
        """Raise ScoringError unless every segment has a hypothesis and a reference, and what the metric needs.

        The libraries that compute metrics truncate to the shorter side silently, or read a string as a list of letters.
        """
        count = len(self.hypotheses)
        streams = self.references
        if isinstance(self.hypotheses, str) or isinstance(streams, str) or any(isinstance(s, str) for s in streams):
            raise ScoringError("expected a list of hypotheses and a list of reference streams, found a bare string")
        if not count or not streams or any(stream is None for stream in streams):
            numbers = f"{count} hypotheses and {sum(stream is not None for stream in streams)} references"
            raise ScoringError(f"expected segments and references, found {numbers}")
        for number, stream in enumerate(streams, start=1):
            if len(stream) != count:
                hint = ""
                if len(streams) == count:
                    hint = "; the references look transposed: give one list per version, not one per segment"
                raise ScoringError(f"{count} hypotheses, but {len(stream)} texts in reference {number}{hint}")
        self._check_types()
        if any(None in stream for stream in streams):
            bare = [index for index in range(count) if all(stream[index] is None for stream in streams)]
            if bare:
                raise ScoringError(f"{len(bare)} of {count} segments have no reference, first segment {bare[0] + 1}")
        for name in needs:
            if len(getattr(self, name)) != count:
                raise ScoringError(f"expected {name} of {count} segments, found {len(getattr(self, name))}")

    def _check_types(self) -> None:
        """Raise ScoringError unless everything is a text; a reference may be None."""
        for texts in (self.hypotheses, *self.references):
            legal = (str,) if texts is self.hypotheses else (str, type(None))
            # Comparing the sets of types takes a tenth of the time of a loop over the texts.
            for kind in set(map(type, texts)):
                if not issubclass(kind, legal):
                    odd = next(text for text in texts if type(text) is kind)
                    raise ScoringError(f"expected texts, found {odd!r}")


@dataclass(frozen=True, slots=True)
class Batch:
    """Segments that have the same number of references, normalised if the metric normalises: input of `_statistics`.

    Stream i has the i-th reference that each segment has, so no text is missing. The versions in a stream can differ.
    """

    hypotheses: list[str]
    references: list[list[str]]
    sources: Sequence[str] = ()
    annotations: Sequence[Sequence[object]] = ()

    def lowered(self) -> Batch:
        """Return the batch with hypotheses and references in lower case."""
        hypotheses, *references = ([text.lower() for text in each] for each in (self.hypotheses, *self.references))
        return replace(self, hypotheses=hypotheses, references=references)


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
    # It loads a neural network, and may import torch. Every other metric runs without it.
    needs_network: ClassVar[bool] = False

    normalises: bool

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
        self.plain_name = name.partition(":")[0]
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
        if not any(None in stream for stream in examples.references):
            return self._statistics(self._complete(examples))
        texts = [examples.references_of(index) for index in range(len(examples.hypotheses))]
        counts = np.array([len(of_segment) for of_segment in texts])
        rows: FloatArray | None = None
        for count in np.unique(counts):
            indices = np.flatnonzero(counts == count).tolist()
            part = self._statistics(self._batch(examples, texts, indices))
            if rows is None:
                rows = np.empty((len(texts), part.shape[1]))
            rows[indices] = part
        assert rows is not None
        return rows

    def _complete(self, examples: Examples) -> Batch:
        """Return all segments in one batch, if every version has a text for each."""
        hypotheses, *references = (
            [self._normalise(text) for text in stream] if self.normalises else list(stream)
            for stream in (examples.hypotheses, *cast("Sequence[Sequence[str]]", examples.references))
        )
        return Batch(hypotheses, references, examples.sources, examples.annotations)

    def _batch(self, examples: Examples, texts: Sequence[tuple[str, ...]], indices: Sequence[int]) -> Batch:
        part = examples.take(indices)
        return Batch(
            [self._normalise(hypothesis) for hypothesis in part.hypotheses],
            [
                [self._normalise(reference) for reference in stream]
                for stream in zip(*(texts[index] for index in indices), strict=True)
            ],
            part.sources,
            part.annotations,
        )

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


def get(name: str, language: str) -> Metric:
    """Return a metric for outputs in `language`.

    Options follow the name: "bleu:tokenize=intl", "chrf++:char_order=4,lowercase=true".

    Raises:
        InputError: the metric or an option is unknown, or a value is wrong.
    """
    plain, colon, given = name.partition(":")
    metrics = registry.contract(
        "metrics", plain, "METRICS", lambda classes: issubclass(classes[plain], Metric),
        f"METRICS, which maps {plain!r} to a subclass of harness.metrics.Metric",
    )  # fmt: skip
    metric_class = cast("type[Metric]", metrics[plain])
    return metric_class(name, language, _options(plain, metric_class, given) if colon else None)


def references_in(signature: str) -> int | None:
    """Return the number of references that a signature names; None if it varies, 1 if the signature names none."""
    match = re.match(r"nrefs:(\d+|var)\b", signature)
    number = match[1] if match else "1"
    return None if number == "var" else int(number)


def _options(name: str, of: type[Metric], given: str) -> Metric.Options:
    """Return the options that a text "key=value,key=value" sets."""
    known = [field.name for field in fields(of.Options)]
    values: dict[str, str] = {}
    where = f"metric {name}:{given}"
    for part in given.split(","):
        key, equals, value = part.partition("=")
        if not equals:
            raise InputError(f"expected key=value, found {part!r}", where=where)
        if not known:
            raise InputError(f"{name} has no options; write {name}", where=where)
        if key not in known:
            raise InputError(registry.unknown(f"option of {name}", key, known), where=where)
        if key in values:
            raise InputError(f"option {key} is given twice; give it once", where=where)
        values[key] = value
    # Imported here, because most commands use no options and start faster without it.
    from pydantic import TypeAdapter, ValidationError

    from harness.core.validation import expected_of

    try:
        return TypeAdapter(of.Options).validate_python(values)
    except ValidationError as error:
        fault = error.errors()[0]
        key = str(fault["loc"][0])
        raise InputError(f"{key}: expected {expected_of(fault)}, found {values[key]!r}", where=where) from None


# Large enough for a test set of a few thousand segments with its references and several systems.
@lru_cache(maxsize=50_000)
def _normalised(content: str, language: str) -> str:
    return text.normalise(content, language)
