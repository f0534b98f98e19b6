"""The remarks on a plan: faults, licences, settings, datasets. What several systems share is one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from harness.core.descriptions import (
    CheckpointDescription,
    DatasetDescription,
    Origin,
    PlanDescription,
    PromptDescription,
    SystemDescription,
)
from harness.reporting import numbers
from harness.reporting.plan._phrases import (
    COMMIT,
    MOST_NAMES,
    OF_FAMILY,
    counted,
    dataset_size,
    grouped,
    licence_with_terms,
    stated,
)
from harness.reporting.visible import visible

# Characters of a long prompt that are shown, and ids of its tokens.
_BEGINNING, _END, _IDS = 280, 120, 8


def remarks(plan: PlanDescription) -> Iterator[str]:
    """Yield each remark once, after the names of the systems that it is about: first what keeps them from running."""
    systems = plan.systems
    yield from (line for dataset in plan.datasets for line in _of_dataset(dataset, is_alone=len(plan.datasets) == 1))
    yield from _named(((fault.message, system.name) for system in systems for fault in system.faults), plan)
    yield from _named(((remark, system.name) for system in systems for remark in system.remarks), plan)
    yield from _named(((_asked(prompt), system.name) for system in systems for prompt in system.prompts), plan)
    pairs = [(system, system.checkpoint) for system in systems if system.checkpoint]
    if pairs:
        licences = grouped((_licence_of(checkpoint), system.name) for system, checkpoint in pairs)
        yield "licences: " + "; ".join(f"{licence} ({', '.join(names)})" for licence, names in licences)
        yield from _named(((_settings(system), system.name) for system, _ in pairs), plan)
        yield _defaults([system for system, _ in pairs])
        longer = grouped((system.longer, system.name) for system, _ in pairs)
        yield "inputs over the limit: " + "; ".join(f"{what} ({counted(names, plan)})" for what, names in longer)
    works = [work for system in systems if system.citation for work in system.citation.split("; ")]
    if works:
        # Authors and year only, because a config may have checkpoints of many families.
        short = dict.fromkeys(work.partition("), ")[0] + ")" for work in works)
        yield f"cite {', '.join(short)} (titles: --format json)"


def _asked(prompt: PromptDescription) -> str:
    """Return how a model is asked: the prompt as it reads it, line ends as ⏎, a long one without its middle."""
    text = visible(prompt.text).replace("\n", "⏎")
    if len(text) > _BEGINNING + _END:
        text = f"{text[:_BEGINNING]} … {text[-_END:]}"
    if prompt.ids is None:
        return f"prompt of {prompt.task} ({prompt.note}): {text}"
    ids = ", ".join(map(str, prompt.ids[:_IDS]))
    last = f", …, {prompt.ids[-1]}" if len(prompt.ids) > _IDS else ""
    note = f"; {prompt.note}" if prompt.note else ""
    return f"prompt of {prompt.task} ({len(prompt.ids)} tokens: {ids}{last}{note}): {text}"


def _licence_of(checkpoint: CheckpointDescription) -> str:
    unstated = "not known" if checkpoint.place in ("unknown", "hub") else "not stated"
    return stated("licence", checkpoint, str) if checkpoint.licence else unstated


def _of_dataset(dataset: DatasetDescription, *, is_alone: bool) -> Iterator[str]:
    """Yield what a dataset has and where it is, its terms, and why it cannot be read now.

    The caption says the numbers and the licence of a dataset that is alone.
    """
    if not dataset.cached:
        content = [dataset.summary] if dataset.summary else []
    else:
        content = [] if is_alone or dataset.segments is None else [dataset_size(dataset.articles, dataset.segments)]
    licence = [] if dataset.cached and is_alone else [licence_with_terms(dataset.licence)]
    if facts := [*content, *_place(dataset), *licence]:
        yield f"{dataset.name}: {'; '.join(facts)}"
    if dataset.gated and not dataset.cached:
        yield (
            f"{dataset.name}: gated, so you must accept its terms once: open that page, log in and accept them there; "
            "then log in on this machine: hf auth login"
        )
    if dataset.missing:
        yield f"{dataset.name}: {dataset.missing}"


def _place(dataset: DatasetDescription) -> Iterator[str]:
    """Yield where a dataset is, or how much is to be downloaded, and which revision is read; a folder has no place."""
    if not dataset.cached:
        absent = "not on this machine, and its size is not known"
        yield absent if dataset.download is None else f"{numbers.size(dataset.download)} to download"
    elif dataset.hub:
        yield "in the cache"
    if dataset.page is None:
        return
    commit = None if dataset.revision in (None, dataset.branch) else str(dataset.revision)[:COMMIT]
    if dataset.branch is None:
        yield f"{dataset.page} at commit {commit}"
    elif commit is None:
        yield (
            f"{dataset.page} at revision {dataset.branch} (not pinned: resolved to a commit at first use, and recorded "
            "in the manifest)"
        )
    else:
        yield (
            f"{dataset.page} at revision {dataset.branch} (not pinned: resolved to commit {commit}, and recorded in "
            "the manifest)"
        )


def _settings(system: SystemDescription) -> str:
    """Return the settings of a system that are no defaults, each after the place where its value is from."""
    values = {**system.decoding, "input_tokens": system.input_tokens}
    groups = []
    for origin in get_args(Origin)[:-1]:
        told = [f"{key} {_as_in_config(value)}" for key, value in values.items() if system.origins.get(key) == origin]
        # The checkpoint was not read, and may have another value.
        mark = OF_FAMILY * (system.assumed and origin != "config")
        groups += [f"{origin}{mark}: {', '.join(told)}"] * bool(told)
    return "; ".join(groups)


def _defaults(systems: Sequence[SystemDescription]) -> str:
    """Return the settings that are defaults for some system."""
    told = dict.fromkeys(
        f"{key} {_as_in_config(value)}"
        for system in systems
        for key, value in system.decoding.items()
        if system.origins.get(key, "default") == "default"
    )
    return f"default, unless a line above has another value: {', '.join(told)}" if told else "no setting is a default"


def _as_in_config(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _named(pairs: Iterable[tuple[str, str]], plan: PlanDescription) -> Iterator[str]:
    """Yield each text after the names that go with it; many names that are all there can be are a count."""
    with_checkpoint = [system.name for system in plan.systems if system.checkpoint]
    for text, names in grouped(pairs):
        if len(names) > MOST_NAMES and names == with_checkpoint:
            yield f"all {len(names)} systems with a checkpoint: {text}"
        else:
            yield f"{', '.join(names)}: {text}"
