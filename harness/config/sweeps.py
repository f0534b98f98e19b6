"""Expand the key `sweep` of a system into one system per combination of its values.

`sweep: {decoding.num_beams: [1, 4], decoding.length_penalty: [0.6, 1.0]}` in a system `mt5` becomes three systems:
`mt5[num_beams=1]`, `mt5[num_beams=4, length_penalty=0.6]` and `mt5[num_beams=4, length_penalty=1.0]`. A setting that
has no effect in a combination is dropped from it, with a warning; combinations that are then equal are one system.

Expanded systems keep the line of the system that they come from, so that errors name it. A sweep with an error is left
as it is, and `faults` returns what is wrong with it.
"""

from __future__ import annotations

import copy
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from harness.core.document import Document, Location
from harness.core.files import SWEPT_SETTINGS

_LOG = logging.getLogger(__name__)

KEY = "sweep"
# They say which system it is, and not how it runs.
_FIXED = ("name", "family", "tasks", "note", KEY)
_MOST_SYSTEMS = 64
# Settings that one beam, or decoding without sampling, ignores.
_OF_BEAMS = ("length_penalty", "early_stopping", "beam_stop")
_OF_SAMPLING = ("temperature", "top_k", "top_p", "samples", "seed")


@dataclass(frozen=True, slots=True)
class _Expansion:
    members: list[dict[str, Any]]
    dropped: dict[tuple[str, str], None]  # (setting, why it has no effect)
    combinations: int


def expand(document: Document) -> Document:
    """Return the document with the members of each sweep in the place of the system that has it.

    The tree of `document` is changed in place.
    """
    systems = document.tree.get("systems")
    if not isinstance(systems, list) or not any(_is_sound(item) for item in systems):
        return document
    expanded = CommentedSeq()
    places: dict[int, range] = {}  # of the members, by the place of the system before
    for index, item in enumerate(systems):
        members = [item]
        if _is_sound(item):
            expansion = _expansion(item)
            members = expansion.members
            _log_dropped(item["name"], expansion)
        places[index] = range(len(expanded), len(expanded) + len(members))
        expanded.extend(members)
        for place in places[index]:
            _copy_line(systems, index, expanded, place)
    document.tree["systems"] = expanded
    overridden: dict[Location, str] = {}
    for location, typed in document.overridden.items():
        match location:
            case ("systems", int(index), *rest):
                overridden |= {("systems", place, *rest): typed for place in places[index]}
            case _:
                overridden[location] = typed
    return replace(document, overridden=overridden)


def faults(item: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is wrong with the sweep of a system: the keys that lead to it, and a message."""
    swept = item.get(KEY)
    if swept is None:
        return
    if not isinstance(swept, dict) or not swept:
        yield (KEY,), f"{KEY}: expected settings with lists of values, such as {{decoding.num_beams: [1, 4]}}"
        return
    combinations = 1
    for key, values in _flat(swept).items():
        if key.partition(".")[0] in _FIXED:
            yield (KEY,), f"{KEY}: {key} cannot be swept; it is the same in every member"
        if not isinstance(values, list) or not values:
            yield (KEY,), f"{KEY}: {key}: expected a list of values, found {_written(values)}"
            continue
        for value in values:
            if not re.fullmatch(SWEPT_SETTINGS, f"{key}={_written(value)}"):
                yield (
                    (KEY,),
                    f"{KEY}: {key}: {value!r} cannot be part of a name, which has letters, digits and . _ + @ -"
                    " only; write a system for it (a YAML anchor shares the other keys)",
                )
        combinations *= len(values)
    if combinations > _MOST_SYSTEMS:
        yield (KEY,), f"{KEY}: {combinations} combinations, expected at most {_MOST_SYSTEMS}; sweep fewer values"


def _is_sound(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get(KEY) is not None
        and isinstance(item.get("name"), str)
        and not any(faults(item))
    )


def _expansion(item: dict[str, Any]) -> _Expansion:
    swept = _flat(item[KEY])
    members: dict[str, dict[str, Any]] = {}
    dropped: dict[tuple[str, str], None] = {}
    combinations = [dict(zip(swept, values, strict=True)) for values in product(*swept.values())]
    for combination in combinations:
        member = copy.deepcopy(item)
        del member[KEY]
        for key, value in combination.items():
            _put(member, key.split("."), copy.deepcopy(value))
        for setting, why in _idle(member, combination):
            dropped[setting, why] = None
            del member["decoding"][setting]
            combination.pop(f"decoding.{setting}", None)
        member["name"] = f"{item['name']}[{', '.join(_settings(combination, swept))}]"
        members.setdefault(member["name"], member)
    return _Expansion(list(members.values()), dropped, len(combinations))


def _idle(member: Mapping[str, Any], combination: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the decoding settings that have no effect because of a swept value, each with that value."""
    decoding = member.get("decoding")
    if not isinstance(decoding, dict):
        return []
    idle: list[tuple[str, str]] = []
    swept_beams = any(f"decoding.{name}" in combination for name in ("num_beams", *_OF_BEAMS))
    if swept_beams and decoding.get("num_beams") == 1:
        idle += [(name, "num_beams=1") for name in _OF_BEAMS if name in decoding]
    if combination.get("decoding.do_sample") is False:
        idle += [(name, "do_sample=false") for name in _OF_SAMPLING if name in decoding]
    return idle


def _settings(combination: Mapping[str, Any], swept: Mapping[str, Any]) -> Iterator[str]:
    """Yield each setting as a name has it: with the last part of its key, unless two swept keys end alike."""
    ends = [key.rpartition(".")[2] for key in swept]
    for key, value in combination.items():
        end = key.rpartition(".")[2]
        yield f"{end if ends.count(end) == 1 else key}={_written(value)}"


def _log_dropped(name: str, expansion: _Expansion) -> None:
    by_reason: dict[str, list[str]] = {}
    for setting, why in expansion.dropped:
        by_reason.setdefault(why, []).append(setting)
    for why, settings in by_reason.items():
        verb = "has" if len(settings) == 1 else "have"
        _LOG.warning(
            "sweep of %s: %s %s no effect with %s and is dropped there: %d systems for %d combinations",
            name, " and ".join(settings), verb, why, len(expansion.members), expansion.combinations,
        )  # fmt: skip


def _flat(swept: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return the lists of values by dotted key; `{decoding: {num_beams: [1]}}` is `{decoding.num_beams: [1]}`."""
    flat: dict[str, Any] = {}
    for key, value in swept.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = value
    return flat


def _put(node: dict[str, Any], key: list[str], value: Any) -> None:
    *parents, last = key
    for parent in parents:
        # A wrong value stays, and validation reports it.
        below = node.setdefault(parent, {})
        if not isinstance(below, dict):
            return
        node = below
    node[last] = value


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _copy_line(systems: list[Any], index: int, expanded: CommentedSeq, place: int) -> None:
    """Give an item of the new list the line of an item of the old one; an override's list has no lines."""
    if isinstance(systems, CommentedSeq) and index in (systems.lc.data or {}):
        expanded.lc.add_idx_line_col(place, systems.lc.data[index])
