"""A dataset on the Hugging Face hub, or a local copy of one.

    {format: huggingface, hub: cfilt/iitb-english-hindi, split: test,
     columns: {source: translation.hi, reference: translation.en}}

Parquet, Arrow, JSON, JSON Lines and CSV are read; a repository with a script instead is refused. A branch is resolved
to its commit, which the manifest records. `join` adds the columns of another config, by an id or a text and never by
the order of rows: FLORES+ has one config per language.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.core.descriptions import DatasetDescription
from harness.core.errors import InputError
from harness.core.findings import Place
from harness.core.records import Dataset
from harness.datasets import DatasetFormat, _columns, _public, _repository, _rows, _tables
from harness.datasets._options import RowOptions
from harness.datasets._repository import Repository
from harness.datasets._split_files import ScriptError, SplitChoice
from harness.datasets._tables import DataTable, TableRow


class Join(BaseModel):
    """Another table of the same repository, whose columns are added as `NAME.column`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="before the names of its columns: `NAME.text`")
    config: str | None = Field(default=None, description="its config")
    files: str | tuple[str, ...] | None = Field(default=None, description="its files, as the dataset's own `files`")
    on: str = Field(description="the column that tells which rows belong together: an id, or a text")
    theirs: str | None = Field(default=None, description="the name of that column there; default: the same")


class Options(RowOptions):
    """Which part of which repository."""

    format: str = Field(default="huggingface", description="how its files are laid out")
    hub: str | None = Field(default=None, min_length=1, description="its name on the hub, such as `google/wmt24pp`")
    path: Path | None = Field(default=None, description="or a folder with its files, relative to the config")
    revision: str | None = Field(default=None, description="branch, tag or commit; default: main")
    config: str | None = Field(default=None, description="which of its configs, often a language")
    split: str = Field(
        default="test", description="which of its splits; with a bar between several, the first that exists"
    )
    files: str | tuple[str, ...] | None = Field(
        default=None,
        description="patterns of names instead of config and split, with `{split}`: `hindi/*-{split}.parquet`",
    )
    field: str | None = Field(default=None, description="the key of a JSON file that has the list of rows")
    join: Join | None = Field(default=None, description="add the columns of another config")

    @model_validator(mode="after")
    def _one_place(self) -> Options:
        if (self.hub is None) == (self.path is None):
            raise ValueError("name the repository with hub, or a folder with path, and not both")
        return self

    def resolve(self, folder: Path) -> Options:
        """Return the options with the path made relative to `folder`."""
        return self if self.path is None else self.model_copy(
            update={"path": Path(os.path.normpath(folder / self.path))}
        )  # fmt: skip

    @property
    def branch(self) -> str | None:
        """The branch or tag that is read; None if the revision is a commit, or without a repository on the hub."""
        revision = self.revision or "main"
        return None if self.hub is None or _repository.is_commit(revision) else revision

    @property
    def splits(self) -> list[SplitChoice]:
        """The tables that are read: the dataset's own, and the one that is joined to it."""
        own = SplitChoice(self.split, self.config, _several(self.files))
        return [own, *([SplitChoice(self.split, self.join.config, _several(self.join.files))] if self.join else [])]


def load(options: Options) -> Dataset:
    """Return a dataset; what is not in the hub's cache is downloaded.

    Raises:
        FileError: a folder or file cannot be read.
        InputError: the repository, revision, config, split or column does not exist, or cannot be reached.
        ProblemsError: rows are wrong; all findings together.
    """
    repository = _find(options)
    tables = [_read(repository, choice, options.field) for choice in options.splits]
    table = tables[0] if options.join is None else joined(tables[0], tables[1], options.join, options)
    options = options.model_copy(update={"licence": options.licence or repository.licence})
    own_name = Path(repository.name).name
    name = "-".join([own_name, *([options.config] if options.config else []), options.split.partition("|")[0]])
    origin = {
        "huggingface": own_name if repository.commit is None else repository.name,
        **({"revision": repository.commit} if repository.commit else {}),
        **({"branch": options.branch} if options.branch else {}),
        **({"config": options.config} if options.config else {}),
        "split": options.split,
    }
    return _rows.build(table, options, name=name, origin=origin)


def describe(options: Options) -> DatasetDescription:
    """Return what is known of a dataset without downloading it; asks the hub, unless offline.

    Raises:
        InputError: as `load`, except that data which are not in the cache are no error.
    """
    from huggingface_hub import constants

    facts = _public.get(options.public) if options.public else None
    known = DatasetDescription(
        name=options.name or str(options.hub or options.path), summary=facts.contents if facts else "", hub=options.hub,
        revision=options.revision, branch=options.branch, licence=options.licence, citation=options.citation,
        gated=facts.gated if facts else None,
        page=f"{constants.ENDPOINT}/datasets/{options.hub}" if options.hub else None, cached=False,
    )  # fmt: skip
    try:
        repository = _find(options)
    except _repository.UnavailableError as error:
        return replace(known, missing=error.message)
    files = list(dict.fromkeys(file for choice in options.splits for file in _choose(repository, choice)))
    absent = repository.absent(files)
    sizes = [repository.files.get(file) for file in absent]
    return replace(
        known,
        revision=repository.commit or options.revision,
        licence=options.licence or repository.licence,
        gated=known.gated if repository.gated is None else repository.gated,
        cached=not absent,
        download=None if None in sizes else sum(size or 0 for size in sizes),
    )


FORMAT = DatasetFormat(options=Options, load=load, describe=describe)


def joined(table: DataTable, other: DataTable, join: Join, options: RowOptions) -> DataTable:
    """Return a table whose rows have the columns of the row of `other` with the same value of `join.on`.

    Rows without one have none of its columns.

    Raises:
        InputError: a column does not exist, or two rows of `other` have one value and different texts.
    """
    prefix = f"{join.name}."
    ours = _columns.resolve(join.on, table.columns, table.file)
    theirs = _columns.resolve(join.theirs or join.on, other.columns, other.file)
    for names in options.columns.told().values():
        for name in names:
            if name.startswith(prefix):
                _columns.resolve(name.removeprefix(prefix), other.columns, other.file)
    partners: dict[Any, Mapping[str, Any]] = {}

    def rows(wanted: Collection[str]) -> Iterator[TableRow]:
        if not partners:
            inner = {name.removeprefix(prefix) for name in wanted if name.startswith(prefix)}
            partners.update(_by_value(other, theirs, inner))
        for row in table.rows({ours, *(name for name in wanted if not name.startswith(prefix))}):
            partner = partners.get(_tables.value(row.fields, ours))
            yield TableRow(row.place, {**row.fields, join.name: partner or {}})

    return DataTable(
        table.file, (*table.columns, join.name), rows, (*table.remarks, *other.remarks), table.is_json or other.is_json
    )


def _by_value(table: DataTable, column: str, wanted: Collection[str]) -> dict[Any, Mapping[str, Any]]:
    """Return the wanted columns of each row by its value of a column."""
    by_value: dict[Any, Mapping[str, Any]] = {}
    places: dict[Any, Place] = {}
    for row in table.rows({column, *wanted}):
        value = _tables.value(row.fields, column)
        if value is None:
            continue
        kept = {name: row.fields.get(name) for name in {each.partition(".")[0] for each in wanted}}
        if value in by_value and by_value[value] != kept:
            shown = value if len(str(value)) <= 40 else f"{str(value)[:40]}..."
            message = f"two references for one {column}: {shown!r} stands at {places[value]} too"
            raise InputError(message, where=row.place)
        by_value[value] = kept
        places[value] = row.place
    return by_value


def _find(options: Options) -> Repository:
    if options.path is not None:
        return _repository.of_folder(options.path)
    return _repository.on_hub(str(options.hub), options.revision, options.splits)


def _choose(repository: Repository, choice: SplitChoice) -> list[str]:
    """Return the files of a table. For a script repository, say where its data are, if that is known."""
    try:
        return repository.choose(choice)
    except ScriptError as error:
        known = _public.of_hub(repository.name)
        way_out = (
            f"its Parquet files are at revision {known.dataset['revision']}: use {{public: {known.name}}}"
            if known and known.dataset.get("revision")
            else "look for its data at revision refs/convert/parquet"
        )
        raise InputError(f"{error.message}; {way_out}", where=error.where) from None


def _read(repository: Repository, choice: SplitChoice, field: str | None) -> DataTable:
    files = _repository.fetch(repository, _choose(repository, choice))
    return _tables.chain([_tables.read(file, field=field if file.suffix == ".json" else None) for file in files])


def _several(files: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (files,) if isinstance(files, str) else files or ()
