"""The functions of the harness for Python and notebooks: run a config, score texts, load a run.

A mistake of the caller raises HarnessError with the line that the command prints.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.api import arguments, outcomes
from harness.api.arguments import PathLike, Texts
from harness.api.results import Results
from harness.core.hub import without_network


def run(
    config: PathLike | Mapping[str, Any],
    *,
    results: PathLike = "results",
    overrides: Mapping[str, Any] | None = None,
    systems: Sequence[str] = (),
    tasks: Sequence[str] = (),
    limit: int | None = None,
    offline: bool = False,
    fresh: bool = False,
    progress: bool = False,
) -> Results:
    """Generate, score and store what a config asks for, as `harness run` does; stored outputs are reused.

    Args:
        config: a YAML file, or its content as a dict. Paths in a dict are relative to the current folder.
        results: the folder of all runs.
        overrides: values of keys, as --set takes them: {"statistics.seed": 1, "systems.lead-1.sentences": 2}.
        systems: generate with these systems only; all without a name.
        tasks: do these tasks only; all without a name.
        limit: use only the first sources of each task and dataset.
        offline: make no request to a hub.
        fresh: generate stored outputs again, and replace them.
        progress: show on stderr how far the run is.

    Returns:
        The scores and segments. A system that failed has its error in `scores()`.

    Raises:
        HarnessError: the config is wrong, a name is unknown, or a file cannot be read or written.

    Example:
        >>> import harness
        >>> config = {
        ...     "name": "copy",
        ...     "datasets": ["references/india-japan"],
        ...     "tasks": [{"name": "translate", "metrics": ["chrf++"]}],
        ...     "systems": [{"name": "copy", "family": "copy-source"}],
        ...     "statistics": {"resamples": 100},
        ... }
        >>> found = harness.run(config, results=folder)
        >>> [(row["system"], row["metric"], row["segments"]) for row in found.scores() if row["role"] == "system"]
        [('copy', 'chrf++', 19)]
        >>> found.segments()[0]["id"]
        'india-japan#s01'
    """
    from harness.config import load
    from harness.runs import pipeline

    with without_network(offline):
        plan = load.resolved(arguments.document_of(config), arguments.override_texts(overrides), limit=limit)
        for warning in dict.fromkeys(plan.dataset.warnings):
            warnings.warn(warning, stacklevel=2)
        with outcomes.progress(shown=progress) as progress_of_run:
            outcome = pipeline.run(
                plan, Path(results), progress_of_run,
                systems=arguments.names("systems", systems), tasks=arguments.names("tasks", tasks),
                offline=offline, fresh=fresh, command=["harness.run", str(plan.path)],
            )  # fmt: skip
    return outcomes.results(outcome)


def run_shard(
    config: PathLike | Mapping[str, Any],
    shard: str,
    *,
    results: PathLike = "results",
    overrides: Mapping[str, Any] | None = None,
    limit: int | None = None,
    offline: bool = False,
    fresh: bool = False,
    progress: bool = False,
) -> list[dict[str, Any]]:
    """Generate one shard of a run, as `harness run --shard` does; `merge` joins the shards.

    Args:
        config: as `run` takes it.
        shard: which part of the sources, such as "3/8".
        results: the results folder; other shards may use it at the same time.
        overrides: as `run` takes them, the same for all shards.
        limit: use only the first sources of each task and dataset.
        offline: make no request to a hub.
        fresh: generate stored outputs again, and replace them.
        progress: show on stderr how far the shard is.

    Returns:
        A record for each system and task: its sources, outputs, and error. A shard has no scores.

    Raises:
        HarnessError: the config is wrong, another process generates this shard, or a file cannot be read or written.

    Example:
        >>> import harness
        >>> config = {
        ...     "name": "copy",
        ...     "datasets": ["references/india-japan"],
        ...     "tasks": [{"name": "translate", "metrics": ["chrf++"]}],
        ...     "systems": [{"name": "copy", "family": "copy-source"}],
        ...     "statistics": {"resamples": 100},
        ... }
        >>> [harness.run_shard(config, shard, results=folder)[0]["outputs"] for shard in ("1/2", "2/2")]
        [10, 9]
        >>> [row["segments"] for row in harness.merge(folder, results=folder).scores() if row["role"] == "system"]
        [19]
    """
    from harness.config import load
    from harness.runs import shards

    with without_network(offline):
        plan = load.resolved(arguments.document_of(config), arguments.override_texts(overrides), limit=limit)
        with outcomes.progress(shown=progress) as progress_of_run:
            outcome = shards.run_shard(
                plan, shards.Shard.parse(shard), Path(results), progress_of_run,
                offline=offline, fresh=fresh, command=["harness.run_shard", str(plan.path), "--shard", shard],
            )  # fmt: skip
    return [asdict(row) for row in outcome.rows]


def merge(
    folders: PathLike | Sequence[PathLike],
    *,
    results: PathLike = "results",
    config: PathLike | None = None,
    mixed_versions: bool = False,
    offline: bool = False,
    progress: bool = False,
) -> Results:
    """Join all shards of a run, and score the run, as `harness merge` does.

    Args:
        folders: the results folder that the shards were generated in, or several.
        results: the folder of all runs.
        config: the config to score with, if the datasets are elsewhere than where the shards were generated.
        mixed_versions: accept outputs that different versions of the code or the libraries generated.
        offline: make no request to a hub.
        progress: show on stderr which outputs are joined.

    Raises:
        HarnessError: shards or outputs are missing or differ, or a file cannot be read or written.
    """
    from harness.runs import merge as merge_module

    given = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
    with outcomes.progress(shown=progress) as progress_of_run:
        outcome = merge_module.merge(
            [Path(folder) for folder in given], Path(results), progress_of_run,
            config=Path(config) if config is not None else None,
            mixed_versions=mixed_versions, offline=offline, command=["harness.merge", *map(str, given)],
        )  # fmt: skip
    return outcomes.results(outcome)


def load_run(run: PathLike, *, results: PathLike = "results") -> Results:
    """Load a run that `harness run` has finished: its scores, and its segments with their texts.

    Args:
        run: the run's folder, or in `results` its name, the beginning of the name, or the config's name.
        results: the folder of all runs.

    Raises:
        HarnessError: there is no such run, or its files are damaged.

    Example:
        >>> import harness
        >>> found = harness.load_run("tests/data/run-v1/results/first-594087d0")
        >>> sorted({(row["task"], row["system"]) for row in found.segments()})
        [('summarise', 'lead-1'), ('summarise', 'random-1'), ('translate', 'copy-source'), ('translate', 'stored')]
        >>> worst = min(found.segments(), key=lambda row: row.get("chrf++", 100))
        >>> worst["system"], worst["flags"]
        ('copy-source', 'copied, wrong_script')
    """
    from harness.runs import lookup

    found = lookup.find(Path(results), str(run)).run
    found.read_scores()  # raises if there are none
    return Results(lambda: outcomes.scores(found), lambda: outcomes.views(found), run=found)


def score(
    hypotheses: Mapping[str, Texts | PathLike] | Texts,
    references: Sequence[str | None] | Sequence[Sequence[str | None]] | Mapping[str, Sequence[str | None]] | PathLike,
    *,
    task: str = "translate",
    sources: Texts | PathLike | None = None,
    target: str | None = None,
    metrics: Sequence[str | Mapping[str, Any]] = (),
    baseline: str | None = None,
    reference_row: bool = False,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Results:
    """Score texts of any system, as `harness score` scores files.

    Args:
        hypotheses: the outputs of each system by its name, one text for each segment; a list alone is one system, named
            "system". A str instead of a list is a file, and then references and sources are files too.
        references: one text for each segment; or several references, as a list or a dict of such lists. In a list,
            None means that this reference has no text for the segment. With files: one file, or a list of files.
        task: what the systems do, such as translate or summarise.
        sources: what was translated or summarised, one text for each segment.
        target: language of the outputs; None: the first that the task has.
        metrics: names, or a mapping of a name to options; without any, those of the task.
        baseline: compare each system with this one only.
        reference_row: add a row for the references, each scored against the others.
        resamples: bootstrap resamples, for intervals.
        seed: of the random numbers for intervals and tests.
        confidence: of the intervals; 1 minus it is the level of the tests.

    Raises:
        HarnessError: counts differ, a text is missing or in another language, or a name is unknown.

    Example:
        >>> import harness
        >>> found = harness.score(
        ...     hypotheses={"a": ["They met in Tokyo.", "A pact was signed."], "b": ["They meet.", "It signed."]},
        ...     references=[["They met in Tokyo today.", "The pact was signed."], ["They met.", None]],
        ...     metrics=["chrf++"],
        ... )
        >>> [(row["system"], round(row["value"], 1)) for row in found.scores()]
        [('a', 75.5), ('b', 43.0)]
    """
    from harness.scoring import Resampling, textfiles
    from harness.scoring.questions import Questions

    names = arguments.names("metrics", metrics)
    settings = Resampling(resamples, seed, confidence)
    files = arguments.files(hypotheses, references, sources, task, target)
    found, test_set, rows = textfiles.score_files(
        files, names, settings, baseline, Questions(observed=True), reference_row=reference_row
    )
    return Results(lambda: [found], lambda: [outcomes.view(files, test_set, rows)])
