"""The manifest of a run: the origin of each system's outputs, with digests of the outputs and the scores; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness import datasets
from harness.core import files
from harness.core.records import Dataset
from harness.core.scores import TaskScores
from harness.runs import usage
from harness.runs.generate import Result

_ADDED = "added_metrics"
# The facts about a run that are kept with each output that it generates.
_OF_ORIGIN = (
    "started", "git", "code", "python", "platform", "machine", "cpu", "cpus", "gpus", "libraries",
)  # fmt: skip


def origin(facts: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return the origin that is kept with each output of a run, from the facts that `provenance.collect` gives."""
    return {"run": run, **{key: facts[key] for key in _OF_ORIGIN}}


def fits(manifest: Mapping[str, Any], generated: Mapping[tuple[str, str], Result]) -> bool:
    """Return whether an existing manifest describes exactly these outputs; False if it is damaged."""
    try:
        entries = {(task, name): entry for name, tasks in manifest["systems"].items() for task, entry in tasks.items()}
        return entries.keys() == generated.keys() and all(
            (entry["identity"], entry["digest"], entry.get("error")) == _described(generated[key])
            for key, entry in entries.items()
        )
    except (KeyError, TypeError, AttributeError):
        return False


def build(
    generated: Mapping[tuple[str, str], Result],
    scores: Sequence[TaskScores],
    *,
    config: Mapping[str, str],
    dataset: Mapping[str, Any],
    parts: Sequence[Dataset],
    seed: int,
    now: Mapping[str, Any],
    before: Mapping[str, Any],
    origins: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return a run's manifest.

    Args:
        generated: the result of each system for each task, by (task label, system name).
        scores: of each task.
        config: path and digest of the config.
        dataset: name and digest of the dataset, and where it is from if it was downloaded.
        parts: each dataset of the config, for its size, terms and citation.
        seed: of intervals and tests.
        now: the facts about this run of the command.
        before: the existing manifest. It has the origin of outputs whose origin the store does not know.
        origins: the facts of each origin of outputs, by its name.
    """
    systems: dict[str, Any] = {}
    for (task, name), result in generated.items():
        known_origins = [{**origins[key], "outputs": count} for key, count in result.origins.items() if key in origins]
        made = known_origins or _earlier_origins(before, name, task, result.identity)
        systems.setdefault(name, {})[task] = {**_entry(result), "made": made}
    return {
        **now,
        "config": dict(config),
        "dataset": dict(dataset),
        "datasets": [_terms(each) for each in parts],
        "seed": seed,
        "signatures": {scored.label: _signatures(scored) for scored in scores},
        **({_ADDED: added} if (added := added_metrics(before)) else {}),
        "systems": systems,
    }


def added_metrics(manifest: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the metrics that were added to a finished run, as a config has them, by task and name; see `with_metrics`.

    Empty if the manifest is damaged.
    """
    added = manifest.get(_ADDED, {})
    if not isinstance(added, dict) or not all(isinstance(of_task, dict) for of_task in added.values()):
        return {}
    return added


def with_metrics(
    manifest: Mapping[str, Any], scores: Sequence[TaskScores], added: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a manifest after metrics were added to its run.

    Args:
        manifest: before.
        scores: of each table, with the metrics.
        added: the metrics, as `added_metrics` returns them.
    """
    before = added_metrics(manifest)
    return {
        **manifest,
        "signatures": {scored.label: _signatures(scored) for scored in scores},
        _ADDED: {task: {**before.get(task, {}), **added.get(task, {})} for task in {**before, **added}},
    }


def _entry(result: Result) -> dict[str, Any]:
    """Return what the manifest says of a system's outputs for a task, apart from their origins."""
    identity, digest, error = _described(result)
    return {
        "identity": identity,
        "outputs": sum(result.origins.values()),
        "digest": digest,
        **({"parameters": result.parameters} if result.parameters else {}),
        **({"usage": used} if (used := usage.of(result)) else {}),
        **({"conversion": dict(result.conversion)} if result.conversion else {}),
        **({"error": error} if error else {}),
        **({"traceback": result.trace} if result.trace else {}),
    }


def _signatures(scored: TaskScores) -> dict[str, str]:
    """Return the signature of each metric, against all references."""
    return {
        name: (score.all_references or score).signature
        for system in scored.systems
        if system.role != "reference"
        for name, score in system.metrics.items()
    }


def _terms(dataset: Dataset) -> dict[str, Any]:
    """Return how much a dataset has, and what a reader of its scores must know; what is not known is null."""
    known = datasets.describe(dataset)
    return {
        "name": known.name,
        "articles": known.articles,
        "segments": known.segments,
        "licence": known.licence,
        "citation": known.citation,
        "notes": list(dataset.notes),
    }


def _described(result: Result) -> tuple[dict[str, Any], str, str | None]:
    """Return the identity of a system, the digest of its outputs, and its error: what `fits` compares."""
    texts = ([each.id, each.text] for of_source in result.generations.values() for each in of_source)
    return dict(result.identity), files.digest_items(sorted(texts)), result.error


def _earlier_origins(manifest: Mapping[str, Any], system: str, task: str, identity: Mapping[str, Any]) -> list[Any]:
    """Return the origins of these outputs in an earlier manifest; empty if it is damaged."""
    try:
        last = manifest["systems"][system][task]
        return list(last["made"]) if last["identity"] == identity else []
    except (KeyError, TypeError):
        return []
