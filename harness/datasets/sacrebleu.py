"""A test set of sacreBLEU, from sacreBLEU's own cache: `{format: sacrebleu, test_set: wmt14, pair: hi-en}`.

The harness downloads none of them. One command of sacreBLEU does, and checks the download:

    sacrebleu -t wmt14 -l hi-en --echo src > sources.txt
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from harness.core import files, registry
from harness.core.descriptions import DatasetDescription
from harness.core.errors import FileError, InputError
from harness.core.records import Dataset
from harness.datasets import DatasetFormat, _public, _rows
from harness.datasets._options import TextOptions


class Options(TextOptions):
    """The test set."""

    format: str = Field(default="sacrebleu", description="how its files are laid out")
    test_set: str = Field(description="its name in sacreBLEU, as after `sacrebleu -t`")
    pair: str = Field(default="hi-en", description="source and target, as after `sacrebleu -l`")


def load(options: Options) -> Dataset:
    """Return a test set.

    Raises:
        InputError: sacreBLEU has no such test set or pair.
        FileError: it is not in the cache, or its files are not aligned.
    """
    test_set = _find(options)
    paths = _paths(test_set, options.pair)
    if absent := _absent(paths):
        raise FileError(f"not in sacreBLEU's cache; run once with a network: {_command(options)}", where=absent[0])
    lines = {field: files.split_lines(files.read_text(path)) for field, path in paths.items() if path.is_file()}
    sources = lines.pop("src")
    references = {field.replace(":", "-"): texts for field, texts in lines.items() if field.startswith("ref")}
    documents = lines.get("docid")
    for field, texts in {**references, **({"docid": documents} if documents else {})}.items():
        if len(texts) != len(sources):
            message = f"expected {len(sources):,} lines, as its source has, found {len(texts):,}"
            raise FileError(f"{message}; delete the folder and fetch it again: {_command(options)}", where=paths[field])
    options = options.model_copy(update={"citation": options.citation or test_set.citation})
    return _rows.from_lines(
        options, name=_name(options), file=str(paths["src"]), sources=sources,
        references=references, documents=documents,
        origin={"sacrebleu": options.test_set, "pair": options.pair},
    )  # fmt: skip


def describe(options: Options) -> DatasetDescription:
    """Return whether a test set is in the cache.

    Raises:
        InputError: sacreBLEU has no such test set or pair.
    """
    test_set = _find(options)
    absent = _absent(_paths(test_set, options.pair))
    return DatasetDescription(
        name=options.name or _name(options),
        summary=_public.get(options.public).contents if options.public else "",
        licence=options.licence,
        citation=options.citation or test_set.citation,
        cached=not absent,
        missing=f"not in sacreBLEU's cache; run once with a network: {_command(options)}" if absent else "",
    )


def _name(options: Options) -> str:
    return f"{options.test_set.replace('/', '-')}-{options.pair}"


def _absent(paths: dict[str, Path]) -> list[Path]:
    """Return the files of texts that are not there."""
    return [path for field, path in paths.items() if field.startswith(("src", "ref")) and not path.is_file()]


def _find(options: Options) -> Any:
    """Return a test set as sacreBLEU describes it."""
    from sacrebleu.dataset import DATASETS

    where = f"test set {options.test_set}"
    if options.test_set not in DATASETS:
        near = registry.nearest(options.test_set, DATASETS)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InputError(f"sacreBLEU has no such test set{hint} (sacrebleu --list lists them)", where=where)
    test_set = DATASETS[options.test_set]
    if options.pair not in test_set.langpairs:
        raise InputError(registry.unknown("language pair", options.pair, test_set.langpairs), where=where)
    return test_set


def _paths(test_set: Any, pair: str) -> dict[str, Path]:
    """Return the files of a pair in the cache, by field: src, ref, docid, ..."""
    # The library's public functions download what is missing.
    return {field: Path(test_set._get_txt_file_path(pair, field)) for field in test_set.fieldnames(pair)}


def _command(options: Options) -> str:
    return f"sacrebleu -t {options.test_set} -l {options.pair} --echo src"


FORMAT = DatasetFormat(options=Options, load=load, describe=describe)
