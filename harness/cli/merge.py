"""`harness merge`: join the shards of a run, and score it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.cli.options import (
    Format,
    FormatOption,
    IntervalsOption,
    OfflineOption,
    ResultsOption,
    SlicesOption,
    forbid_network,
)


def merge(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="The results folders of the shards.", readable=False)
    ],
    results: ResultsOption = Path("results"),
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="CONFIG", help="Score with this config, if the datasets are elsewhere here."),
    ] = None,
    mixed_versions: Annotated[
        bool,
        typer.Option("--mixed-versions", help="Accept outputs that different versions of code or libraries made."),
    ] = False,
    offline: OfflineOption = False,
    intervals: IntervalsOption = False,
    slices: SlicesOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Join what harness run --shard made, and score it.

    The result is the same as that of one harness run. All shards must be there, and must agree in config, data,
    systems and versions; else nothing is written. Merging again is harmless.
    """
    from harness.cli import exits
    from harness.cli.run import print_outcomes
    from harness.runs import interrupts, progress
    from harness.runs import merge as merge_module
    from harness.scoring import networks

    forbid_network(offline)
    with (
        exits.if_interrupted("merge again"), interrupts.raised(), progress.to_stderr() as shown,
        networks.progress(shown.say),
    ):  # fmt: skip
        outcome = merge_module.merge(
            folders, results, shown,
            config=config, mixed_versions=mixed_versions, command=["harness", *sys.argv[1:]],
        )  # fmt: skip
    print_outcomes([outcome], form, intervals=intervals, slices=slices)
