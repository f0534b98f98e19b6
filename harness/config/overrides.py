"""Apply the `--set KEY=VALUE` options of the command line to a config."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.config import sweeps
from harness.config.schema import SHORT_FORMS
from harness.core import document as document_module
from harness.core import registry
from harness.core.document import Document, Location
from harness.core.errors import InputError


def apply(document: Document, overrides: Sequence[str]) -> Document:
    """Return the document with overrides (`statistics.seed=1`, `systems.lead-1.sentences=2`) and expanded sweeps.

    An override of a member of a sweep (`systems.mt5[num_beams=4].decoding.max_length=60`) changes this member alone. It
    is applied after all others, because they may change the sweep.

    The tree of `document` is changed in place.

    Raises:
        InputError: an override has no value that is YAML, or names a place that does not exist.
    """
    first = [override for override in overrides if not _names_member(override)]
    overridden = {_set(document.tree, override): override for override in first}
    changed = sweeps.expand(replace(document, overridden=overridden))
    last = {_set(changed.tree, override): override for override in overrides if _names_member(override)}
    changed = replace(changed, overridden={**changed.overridden, **last})
    changed.refuse_odd_values()
    return changed


def _names_member(override: str) -> bool:
    return re.match(r"systems\.[^=\[]*\[", override) is not None


def _set(tree: dict[str, Any], override: str) -> Location:
    """Set one value in the tree and return its location."""
    where = f"--set {override}"
    key, value = _parse(override, where)
    node: Any = tree
    location: Location = ()
    while key:
        part: str | int
        if isinstance(node, list):
            part, key = _item(node, key, where)
        elif isinstance(node, dict):
            part, key = _key(node, key)
        else:
            raise InputError(f"{'.'.join(map(str, location))} has no keys below it", where=where)
        location += (part,)
        if not key:
            node[part] = value
        else:
            node = _descend(node, part, SHORT_FORMS.get(str(location[0])))
    return location


def _parse(override: str, where: str) -> tuple[list[str], Any]:
    """Return the parts of the key, and the value."""
    # The name of a member of a sweep has an equals sign in its brackets.
    parts = re.fullmatch(r"((?:[^=\[]|\[[^\]]*\])*)=(.*)", override, re.DOTALL)
    key = parts[1].split(".") if parts else []
    if parts is None or not all(key):
        raise InputError("expected KEY=VALUE, for example statistics.seed=1", where=where)
    return key, document_module.parse_value(parts[2], where)


def _key(node: dict[str, Any], key: list[str]) -> tuple[str, list[str]]:
    """Return the key of a mapping that comes next, and the rest: in a sweep, `decoding.num_beams` is one key."""
    for length in range(len(key), 1, -1):
        if (joined := ".".join(key[:length])) in node:
            return joined, key[length:]
    return key[0], key[1:]


def _item(items: list[Any], key: list[str], where: str) -> tuple[int, list[str]]:
    """Return the position of a list's item and the rest of the key. The key begins with the item's name or number."""
    names = [item.get("name", item) if isinstance(item, dict) else item for item in items]
    # A system's name may contain dots, so prefer the longest name that fits.
    for length in range(len(key), 0, -1):
        candidate = ".".join(key[:length])
        if candidate in names:
            return names.index(candidate), key[length:]
    if key[0].isdecimal() and int(key[0]) < len(items):
        return int(key[0]), key[1:]
    raise InputError(registry.unknown("item", key[0], map(str, names)), where=where)


def _descend(node: Any, part: str | int, short_form: str | None) -> Any:
    """Return the value below a node; a missing mapping is added, and a bare text becomes a mapping with one key."""
    if isinstance(node, dict):
        return node.setdefault(part, {})
    if isinstance(node[part], str) and short_form:
        node[part] = {short_form: node[part]}
    return node[part]
