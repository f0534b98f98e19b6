"""Test sets in sacreBLEU's own cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sacrebleu.dataset import DATASETS

from harness.core.descriptions import DatasetDescription
from harness.core.errors import HarnessError
from harness.core.records import Dataset
from harness.datasets import sacrebleu

HINDI = ["पहला वाक्य।", "दूसरा वाक्य।"]
ENGLISH = ["The first sentence.", "The second sentence."]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(DATASETS["wmt14"], "_outdir", str(tmp_path))
    write(tmp_path, src=HINDI, ref=ENGLISH, docid=["a", "b"])
    return tmp_path


def write(folder: Path, **fields: list[str]) -> None:
    for field, lines in fields.items():
        content = "".join(f"{line}\n" for line in lines)
        (folder / f"wmt14.hi-en.{field}").write_text(content, encoding="utf-8")


def load(**options: Any) -> Dataset:
    return sacrebleu.load(sacrebleu.Options.model_validate({"test_set": "wmt14", "pair": "hi-en", **options}))


def test_its_texts_documents_citation_and_origin_are_sacrebleus(cache: Path) -> None:
    dataset = load()
    assert [article.id for article in dataset.articles] == ["wmt14-hi-en/a", "wmt14-hi-en/b"]
    assert [each.text for each in dataset.references["translations"]] == ENGLISH
    assert "Findings of the 2014 Workshop" in (dataset.citation or "")
    assert dataset.origins == ({"dataset": "wmt14-hi-en", "sacrebleu": "wmt14", "pair": "hi-en"},)


def test_documents_are_optional(cache: Path) -> None:
    (cache / "wmt14.hi-en.docid").unlink()
    assert [article.id for article in load().articles] == ["wmt14-hi-en/1", "wmt14-hi-en/2"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_set": "wmt41"}, "test set wmt41: sacreBLEU has no such test set; did you mean 'wmt24'?"),
        ({"pair": "en-hii"}, "unknown language pair 'en-hii'; did you mean 'en-hi'? (known: cs-en, "),
        (
            {"pair": "de-en"},
            "not in sacreBLEU's cache; run once with a network: sacrebleu -t wmt14 -l de-en --echo src",
        ),
    ],
)
def test_what_is_not_there_is_named(cache: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError) as error:
        load(**options)
    assert message in str(error.value)


def describe(**options: Any) -> DatasetDescription:
    return sacrebleu.describe(sacrebleu.Options.model_validate({"test_set": "wmt14", **options}))


def test_it_is_described_as_cached_if_its_sources_and_references_are(cache: Path) -> None:
    told = describe(licence="CC BY 4.0")
    cited = DATASETS["wmt14"].citation
    assert told == DatasetDescription(name="wmt14-hi-en", licence="CC BY 4.0", citation=cited, cached=True)
    (cache / "wmt14.hi-en.docid").unlink()
    assert describe().cached
    (cache / "wmt14.hi-en.ref").unlink()
    command = "sacrebleu -t wmt14 -l hi-en --echo src"
    assert describe(name="news") == DatasetDescription(
        name="news", licence=None, citation=cited, cached=False,
        missing=f"not in sacreBLEU's cache; run once with a network: {command}",
    )  # fmt: skip


def test_files_that_are_not_aligned_are_refused(cache: Path) -> None:
    write(cache, ref=ENGLISH[:1])
    with pytest.raises(HarnessError, match=r"wmt14.hi-en.ref: expected 2 lines, as its source has, found 1; delete"):
        load()
