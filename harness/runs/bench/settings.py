"""Which settings a system is measured in; pure.

A setting is a mapping from keys of a system in a config to values, None to remove a key. The empty one is the system as
configured. Every row of a system is compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from harness.core.errors import InputError

Changes = Mapping[str, Any]

# The engine whose type of numbers the key `dtype` names; that of the others is `compute_type`.
_OF_DTYPE = "transformers"
_DTYPES = ("float32", "bfloat16", "float16")
# What is measured if the user names nothing, besides the system as configured. The most promising come first, because
# time may run out.
_TYPES = {"cpu": ("int8", "float32"), "cuda": ("int8", "bfloat16"), "mps": ()}
_BATCHES = {"cpu": (2048,), "cuda": (8192, 131_072), "mps": (2048,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The values that the user named; empty: not named."""

    engines: Sequence[str] = ()
    compute_types: Sequence[str] = ()
    batch_tokens: Sequence[int] = ()
    threads: Sequence[int] = ()

    def __bool__(self) -> bool:
        """Whether any value is named."""
        return any((self.engines, self.compute_types, self.batch_tokens, self.threads))


def chosen(
    wanted: Wanted, own: Changes, *, dtype: str | None = None, installed: Sequence[str], device: str, cpus: int
) -> list[Changes]:
    """Return the settings of a system; the first is the empty one.

    If the user named values, these are all of their combinations; a key without a named value stays as configured.
    Else each of a few settings changes one thing.

    Args:
        wanted: the user's values.
        own: `engine`, `dtype`, `compute_type`, `batch_tokens` and `threads` of the system, as far as its config sets
            them; always `engine`.
        dtype: what the key `dtype` comes to on this machine.
        installed: the names of the engines.
        device: "cpu", "cuda:1", ...
        cpus: how many CPUs this process may use.

    Raises:
        InputError: no engine computes in a type that the user named.
    """
    settings = _combined(wanted, own, installed) if wanted else _usual(own, installed, device.partition(":")[0], cpus)
    unique: list[Changes] = [{}]
    for setting in settings:
        changes = {key: value for key, value in setting.items() if own.get(key) != value}
        if "engine" not in changes and changes.get("dtype") == dtype:
            changes.pop("dtype", None)
        if changes not in unique:
            unique.append(changes)
    return unique


def _combined(wanted: Wanted, own: Changes, installed: Sequence[str]) -> Iterator[dict[str, Any]]:
    engines = wanted.engines or ([own["engine"]] if not wanted.compute_types else [own["engine"], *installed])
    computing: list[dict[str, Any]] = []
    for engine in dict.fromkeys(engines):
        if not wanted.compute_types:
            computing.append(_computing(engine, None, own))
        computing += [_computing(engine, each, own) for each in wanted.compute_types if _knows(engine, each)]
    if not computing:
        raise InputError(
            f"--compute-type {', '.join(wanted.compute_types)}: engine {', '.join(dict.fromkeys(engines))} computes in "
            f"{', '.join(_DTYPES)}; name another type, or another --engine (harness list engines)"
        )
    batches = [{"batch_tokens": tokens} for tokens in wanted.batch_tokens] or [{}]
    threads = [{"threads": number} for number in wanted.threads] or [{}]
    for parts in product(computing, batches, threads):
        yield {key: value for part in parts for key, value in part.items()}


def _usual(own: Changes, installed: Sequence[str], device: str, cpus: int) -> Iterator[dict[str, Any]]:
    others = [engine for engine in installed if engine != own["engine"]]
    for number, engine in product(range(len(_TYPES[device]) or 1), others):
        types = _TYPES[device]
        if engine == _OF_DTYPE or not types:
            yield _computing(engine, None, own)
        else:
            yield _computing(engine, types[number], own)
    if device == "cpu" and cpus > 1:
        yield {"threads": cpus // 2}
    for tokens in _BATCHES[device]:
        yield {"batch_tokens": tokens}


def _knows(engine: str, compute_type: str) -> bool:
    """Whether an engine may compute in a type. Only the engine itself can say so for sure, when it loads."""
    return engine != _OF_DTYPE or compute_type in _DTYPES


def _computing(engine: str, compute_type: str | None, own: Changes) -> dict[str, Any]:
    """Return the keys with which an engine computes in a type, None for the engine's choice."""
    changes: dict[str, Any] = {"engine": engine}
    key, other = ("dtype", "compute_type") if engine == _OF_DTYPE else ("compute_type", "dtype")
    if compute_type is not None:
        changes[key] = compute_type
    if engine != own["engine"] and own.get(other) is not None:
        changes[other] = None  # the other engine's key
    return changes
