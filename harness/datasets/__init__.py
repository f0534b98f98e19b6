"""The contract of a dataset format: one file here with `FORMAT = DatasetFormat(options=..., load=...)`.

A format's options are the keys that a dataset of it may have in a config, such as a folder. `load` checks the data and
returns a `Dataset`, or raises ProblemsError with all findings at once. Mistakes of style are
in the dataset's `warnings`, and only if its `dataset.yaml` asks for them.

A reference kind says what a reference stands for: `translations` of segments, `summaries` and `headlines` of articles,
`gists` of paragraphs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field

from harness.core import files, registry
from harness.core.descriptions import DatasetDescription
from harness.core.errors import FileError, InputError
from harness.core.records import Annotations, Dataset, Source
from harness.core.registry import Listed
from harness.datasets import _public

REFERENCE_KINDS = ("translations", "summaries", "headlines", "gists")


class DatasetOptions(BaseModel):
    """The keys that any dataset may have in a config. A format's options extend them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = Field(default="handwritten", description="how its files are laid out")

    def resolve(self, folder: Path) -> DatasetOptions:
        """Return the options with relative paths made relative to `folder`, the config's own."""
        return self


class FolderOptions(DatasetOptions):
    """The options of a format whose datasets are folders."""

    path: Path = Field(description="the dataset's folder, relative to the config")

    def resolve(self, folder: Path) -> FolderOptions:
        """Return the options with the path made relative to `folder`."""
        return self.model_copy(update={"path": Path(os.path.normpath(folder / self.path))})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFormat:
    """A dataset format: its options in a config, and a function that reads a dataset."""

    options: type[DatasetOptions]
    load: Callable[[Any], Dataset]  # takes an instance of `options`; raises ProblemsError or FileError
    # Takes an instance of `options` and downloads nothing; raises InputError. None: the data are the user's files.
    describe: Callable[[Any], DatasetDescription] | None = None
    # The file that a folder of this format has one of, by which it is recognised: "articles.*.jsonl". None: no folder.
    pattern: str | None = None


def get(name: str) -> DatasetFormat:
    """Return the format of that name.

    Raises:
        InputError: no such format.
    """
    expected = "FORMAT, a harness.datasets.DatasetFormat whose options extend DatasetOptions"
    return cast("DatasetFormat", registry.contract("datasets", name, "FORMAT", _keeps_contract, expected))


def load_folder(folder: Path) -> Dataset:
    """Return the dataset in a folder, of the format whose files the folder has.

    Raises:
        ProblemsError: something is wrong with it; all findings together.
        FileError: the folder has files of no format, or cannot be read.
    """
    for form in formats_of(folder).values():
        return form.load(form.options(path=folder))  # type: ignore[call-arg]
    patterns = sorted(form.pattern for form in _folder_formats().values() if form.pattern)
    expected = f"expected a dataset's folder, with {' or '.join(patterns)}"
    inside = sorted({str(path.parent) for pattern in patterns for path in folder.glob(f"*/{pattern}")})
    if inside:
        raise FileError(f"{expected}, found a folder of datasets; give one of them: {', '.join(inside)}", where=folder)
    configs = sorted(map(str, folder.glob("*.yaml")))
    hint = f"; give one of its configs, such as {configs[0]}" if configs else ""
    raise FileError(f"{expected}; found none of them{hint}", where=folder)


def formats_of(folder: Path) -> dict[str, DatasetFormat]:
    """Return the formats whose files a folder has, by name."""
    return {name: form for name, form in _folder_formats().items() if form.pattern and any(folder.glob(form.pattern))}


def _folder_formats() -> dict[str, DatasetFormat]:
    """Return the formats whose datasets are folders, by name, without those of other packages that cannot be used."""
    forms: dict[str, DatasetFormat] = {}
    for name in registry.names("datasets"):
        try:
            forms[name] = get(name)
        except InputError as error:
            if registry.origin("datasets", name) is None:
                raise
            registry.warn(f"{error}; it is ignored")
    return {name: form for name, form in forms.items() if form.pattern is not None}


def _keeps_contract(form: Any) -> bool:
    return isinstance(form, DatasetFormat) and issubclass(form.options, DatasetOptions)


def public_sets() -> list[Listed]:
    """Return the public sets that a config can name, each with its origin and a line on it, sorted by name."""
    return _public.listing()


def public_set(name: str) -> list[str]:
    """Return in lines what is known of a public set: its texts, terms, citation, caveats, and how to name it.

    Raises:
        InputError: there is no such set.
    """
    return _public.get(name).lines


def is_public(name: str) -> bool:
    """Whether a public set has this name."""
    return _public.is_known(name)


def expand(item: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a dataset in a config; if it names a public set, the set's own keys are filled in.

    Raises:
        InputError: there is no such set.
    """
    return _public.filled(item) if "public" in item else item


def absent(names: Sequence[str]) -> Dataset:
    """Return a dataset without articles that stands for datasets which are not on this machine."""
    return Dataset(name="+".join(names), digest="", articles=(), references={})


def describe(dataset: Dataset, known: DatasetDescription | None = None) -> DatasetDescription:
    """Return the description of a dataset that is loaded: what is `known` of it by its format, with its numbers."""
    known = known or DatasetDescription(name=dataset.name, cached=True)
    return replace(
        known,
        name=dataset.name,
        articles=len(dataset.articles) if dataset.knows_articles else None,
        segments=sum(len(article.segments) for article in dataset.articles),
        licence=dataset.licence,
        citation=dataset.citation,
    )


def merge(parts: Sequence[Dataset]) -> Dataset:
    """Return several datasets as one. Ids cannot clash: each begins with the name of its dataset."""
    if len(parts) == 1:
        return parts[0]
    kinds = dict.fromkeys(kind for part in parts for kind in part.references)
    facts = {article: facts for part in parts for article, facts in part.annotations.facts.items()}
    entities = {segment: entities for part in parts for segment, entities in part.annotations.entities.items()}
    return Dataset(
        name="+".join(part.name for part in parts),
        digest=files.digest_json([part.digest for part in parts]),
        articles=tuple(article for part in parts for article in part.articles),
        references={kind: tuple(r for part in parts for r in part.references.get(kind, ())) for kind in kinds},
        annotations=Annotations(
            facts,
            entities,
            {segment: check for part in parts for segment, check in part.annotations.checks.items()},
        ),
        licence=_joined(parts, "licence"),
        citation=_joined(parts, "citation"),
        notes=tuple(f"{part.name}: {note}" for part in parts for note in part.notes),
        warnings=tuple(warning for part in parts for warning in part.warnings),
        origins=tuple(origin for part in parts for origin in part.origins),
        knows_articles=all(part.knows_articles for part in parts),
    )


def split(sources: Iterable[Source], parts: Sequence[Dataset]) -> list[tuple[Dataset, list[Source]]]:
    """Return each dataset with those sources that are from it, without the datasets that have none of them."""
    owners = {article.id: index for index, part in enumerate(parts) for article in part.articles}
    of_part: dict[int, list[Source]] = {}
    for source in sources:
        of_part.setdefault(owners[source.article], []).append(source)
    return [(part, of_part[index]) for index, part in enumerate(parts) if index in of_part]


def _joined(parts: Sequence[Dataset], field: str) -> str | None:
    """Return a field of several datasets as one text, each value with the dataset's name; None if none has it."""
    stated = [f"{part.name}: {value}" for part in parts if (value := getattr(part, field))]
    return "\n".join(stated) or None
