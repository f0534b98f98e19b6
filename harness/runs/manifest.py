"""The manifest of a run: what made each system's outputs, and what they and the scores are; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.config.plan import Plan
from harness.core import files
from harness.core.records import TaskScores
from harness.runs.generate import Result

# What a session keeps, of what is known of a run when it starts.
_OF_ORIGIN = (
    "started", "git", "code", "python", "platform", "machine", "cpu", "cpus", "gpus", "libraries",
)  # fmt: skip


def origin(facts: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Return what is kept of a run with each output that it makes, given what `provenance.collect` knows."""
    return {"run": run, **{key: facts[key] for key in _OF_ORIGIN}}


def fits(manifest: Mapping[str, Any], generated: Mapping[tuple[str, str], Result]) -> bool:
    """Whether a manifest that is there tells of these very outputs; a damaged one does not."""
    try:
        entries = {(task, name): entry for name, tasks in manifest["systems"].items() for task, entry in tasks.items()}
        return entries.keys() == generated.keys() and all(
            (entry["identity"], entry["digest"], entry.get("error")) == _told(generated[key])
            for key, entry in entries.items()
        )
    except (KeyError, TypeError, AttributeError):
        return False


def build(
    plan: Plan,
    generated: Mapping[tuple[str, str], Result],
    scores: Sequence[TaskScores],
    *,
    now: Mapping[str, Any],
    before: Mapping[str, Any],
    origins: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Return a run's manifest.

    Args:
        plan: what was asked for.
        generated: what became of it, by task and system.
        scores: of each task.
        now: what is known of this run of the command.
        before: the manifest that is there, for outputs of which the store does not know what made them.
        origins: what the store knows of that, by name.
    """
    systems: dict[str, Any] = {}
    for (task, name), result in generated.items():
        identity, digest, error = _told(result)
        made = [{**origins[key], "outputs": count} for key, count in result.origins.items() if key in origins]
        systems.setdefault(name, {})[task] = {
            "identity": identity,
            "outputs": sum(map(len, result.generations.values())),
            "digest": digest,
            **({"error": error} if error else {}),
            **({"traceback": result.trace} if result.trace else {}),
            "made": made or _made_before(before, name, task, identity),
        }
    return {
        **now,
        "config": {"path": str(plan.path), "digest": plan.digest},
        "dataset": {"name": plan.dataset.name, "digest": plan.dataset.digest},
        "seed": plan.statistics.seed,
        "signatures": {
            scored.task: {
                name: score.signature
                for system in scored.systems
                if system.role != "reference"
                for name, score in system.metrics.items()
            }
            for scored in scores
        },
        "systems": systems,
    }


def _told(result: Result) -> tuple[dict[str, Any], str, str | None]:
    texts = [[each.id, each.text] for of_source in result.generations.values() for each in of_source]
    return dict(result.identity), files.digest_json(sorted(texts)), result.error


def _made_before(manifest: Mapping[str, Any], system: str, task: str, identity: Mapping[str, Any]) -> list[Any]:
    """Return what an earlier manifest says of how these outputs were made; nothing where it is damaged."""
    try:
        last = manifest["systems"][system][task]
        return list(last["made"]) if last["identity"] == identity else []
    except (KeyError, TypeError):
        return []
