"""The commands that make a dataset from raw articles: `harness new dataset` and `harness ingest`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from harness.cli import usage

app = typer.Typer(
    cls=usage.Commands, help="Make a dataset of your own articles.", no_args_is_help=True, rich_markup_mode=None
)

_CONFIG = """\
# Made by `harness new dataset`. Add the models to compare; configs/README.md explains every key.
datasets:
  - {{path: {path}, format: collection}}
tasks: [translate, summarise]  # also: headline, gist
systems:
  - {{name: copy-source, family: copy-source}}
  - {{name: transliterate, family: transliterate}}
  - {{name: lead-2, family: lead, sentences: 2}}
  - {{name: textrank-2, family: textrank, sentences: 2}}
  # - {{name: indictrans2-200m, family: indictrans2, checkpoint: ai4bharat/indictrans2-indic-en-dist-200M}}
  # - {{name: mt5-xlsum, family: mt5, checkpoint: csebuetnlp/mT5_multilingual_XLSum}}
"""


@app.callback()
def _group() -> None:
    """Keep `dataset` a command of its own, although it is the only one."""


@app.command(cls=usage.Command)
def dataset(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new dataset, and of its folder.")],
    sources: Annotated[
        list[Path],
        typer.Option("--from", metavar="FILE...", help="Articles: .txt files, or rows of .csv, .tsv or .jsonl."),
    ],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", help="More files after --from.")] = None,
    references: Annotated[Path, typer.Option("--references", metavar="DIR", help="The folder of all datasets.")] = Path(
        "references"
    ),
    configs: Annotated[Path, typer.Option("--configs", metavar="DIR", help="The folder of all configs.")] = Path(
        "configs"
    ),
) -> None:
    """Cut articles into segments, and write reference files to fill in, a README and a config."""
    from harness.core import files
    from harness.datasets import collection

    report = collection.create(references, name, [*sources, *(more or ())])
    config = configs / f"{name}.yaml"
    is_new = not config.exists()
    if is_new:
        path = Path(os.path.relpath(report.path, configs)).as_posix()
        files.write_text(config, _CONFIG.format(path=path))
    lines = [f"{report.path}: {_count(report.articles, 'article')}, {_segments(report.kinds)}"]
    width = max(map(len, report.texts))
    lines += [
        f"  {file:{width}}  {_count(rows - written, 'text')} to write" + (f", {written:,} written" if written else "")
        for file, (rows, written) in report.texts.items()
    ]
    lines.append(f"  {'README.md':{width}}  questions to answer")
    if report.ignored:
        lines.append(f"  columns that were not read: {', '.join(report.ignored)}")
    lines.append(f"{config}: {'a config with simple systems' if is_new else 'exists already, and was not changed'}")
    lines.append(
        "Next: write references. An empty text is left out of the scores; delete a file that no task needs. Then:"
    )
    lines.append(f"  harness check {config}")
    sys.stdout.writelines(f"{line}\n" for line in lines)


def ingest(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder under references/ with an article.<language>.txt.")
    ],
) -> None:
    """Cut a new article into segments, and write its segments.jsonl."""
    from harness.core import jsonl
    from harness.datasets import handwritten

    file = handwritten.write_segments(folder)
    kinds = Counter(row["kind"] for _, row in jsonl.read_rows(file)[0])
    sys.stdout.write(
        f"{file}: {_segments(kinds)}\n"
        "Next: check the segments, because references use their ids. Then write references, such as "
        f"{folder / 'translations.jsonl'}; references/README.md has their format.\n"
    )


def _segments(kinds: Mapping[str, int]) -> str:
    """Return the number of segments, in all and by kind."""
    of_kinds = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
    return f"{_count(sum(kinds.values()), 'segment')} ({of_kinds})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
