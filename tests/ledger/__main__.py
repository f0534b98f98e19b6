"""Print detection and false alarms of each diagnostic; see the package."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.ledger import corruptions, data, measure
from tests.paths import REFERENCES


def rows(texts: data.Texts) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield a row for each corruption: diagnostic, corruption, detection, false alarms, precision at even odds."""
    kinds = corruptions.OF_TRANSLATIONS if texts.kind == "translation" else corruptions.OF_SUMMARIES
    for name, several in kinds.items():
        alarms = measure.false_alarms(name, texts)
        for corrupt in several:
            found = measure.detection(name, corrupt, texts)
            both = found.share + alarms.share
            precision = f"{found.share / both:.3f}" if both and found.texts else "-"
            yield name, corruptions.label(corrupt), str(found), str(alarms), precision


def _all(arguments: Sequence[str]) -> Iterator[tuple[str, data.Texts]]:
    paths = [*map(Path, arguments)]
    if len(paths) == 2 and all(path.is_file() for path in paths):
        yield paths[1].name, data.plain(paths[0], paths[1])
        return
    for folder in paths or sorted(path for path in REFERENCES.iterdir() if (path / "translations.jsonl").exists()):
        yield folder.name, data.translations(folder)
        yield folder.name, data.summaries(folder)


def main(arguments: Sequence[str]) -> None:
    """Print a Markdown table for each dataset and kind of reference."""
    for name, texts in _all(arguments):
        if not texts.texts:
            continue
        sys.stdout.write(
            f"\n{name}: {len(texts.texts)} references of kind {texts.kind}\n\n"
            "| diagnostic | corruption | detection | false alarms | precision |\n|---|---|---|---|---|\n"
        )
        sys.stdout.writelines(f"| {' | '.join(row)} |\n" for row in rows(texts))


if __name__ == "__main__":
    main(sys.argv[1:])
