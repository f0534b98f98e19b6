"""Choose the column of each role in a table of human scores: as the user says, else by its name; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.core import registry
from harness.core.errors import InputError

# The names of columns by role, in small letters. The first of them that a table has is the column of the role. The
# names of IndicMT-Eval's CSV (`model`, `Full_scores`) and JSONL (`mqm_norm_score`) are among them.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "segment": ("segment", "segment_id", "seg_id", "segid", "source_id", "sentence_id", "id", "guid"),
    "system": ("system", "system_id", "sys", "system_name", "model", "model_name", "mt_system"),
    "document": ("document", "document_id", "doc", "doc_id", "docid", "article", "article_id"),
    "task": ("task", "task_name"),
    "source_language": ("source_language", "source_lang", "src_lang", "src_language"),
    "target": ("target", "target_language", "target_lang", "tgt_lang", "tgt_language", "language", "lang"),
    "source": ("source", "src", "source_text", "src_text", "article_text", "document_text", "input"),
    "output": (
        "output", "hypothesis", "hyp", "mt", "translation", "prediction", "pred", "candidate", "summary",
        "system_output", "generated_summary", "generated_text",
    ),
    "reference": (
        "reference", "references", "ref", "reference_text", "reference_summary", "human_reference", "gold", "post_edit",
    ),
    "score": (
        "score", "human_score", "rating", "full_scores", "mqm_norm_score", "mqm", "mqm_score", "da", "da_score",
        "overall", "overall_score", "human_scores",
    ),
}  # fmt: skip
ROLES = tuple(_NAMES)
_REQUIRED = ("output", "reference", "score")
_NUMBERED = re.compile(r"ref(?:erence)?[_-]?\d+")
_LIKE_A_SCORE = re.compile(r"score|rating|mqm|adequacy|fluency|relevance|coherence|consistency", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnsByRole:
    """The columns of one table by role; `reference` may have several."""

    by_role: Mapping[str, tuple[str, ...]]
    other_scores: tuple[str, ...] = ()  # columns that look like human scores and were not chosen

    def one(self, role: str) -> str | None:
        """Return the column of a role, None if the table has none."""
        return next(iter(self.by_role.get(role, ())), None)

    @property
    def references(self) -> tuple[str, ...]:
        """The columns with references."""
        return self.by_role["reference"]


def told(arguments: Sequence[str]) -> dict[str, str]:
    """Return the column of each role that `--column ROLE=NAME` names.

    Raises:
        InputError: an argument has another form, the role is unknown, or it is given twice.
    """
    columns: dict[str, str] = {}
    for argument in arguments:
        role, equals, name = argument.partition("=")
        if not (equals and role and name):
            raise InputError("expected ROLE=NAME, for example score=Human_scores", where=f"--column {argument}")
        if role not in ROLES:
            raise InputError(registry.unknown("role", role, ROLES), where=f"--column {argument}")
        if role in columns:
            raise InputError(f"the role {role} is given twice; give it once", where=f"--column {argument}")
        columns[role] = name
    return columns


def choose(names: Sequence[str], given: Mapping[str, str], file: str) -> ColumnsByRole:
    """Return the columns of a table by role; `given` are those that the user named, `file` is for messages.

    Raises:
        InputError: a named column is missing, or no column is known to be the output, the reference or the score.
    """
    by_role: dict[str, tuple[str, ...]] = {}
    for role, name in given.items():
        by_role[role] = tuple(_named(part, names, file) for part in name.split(","))
        if role != "reference" and len(by_role[role]) > 1:
            raise InputError(f"expected one column for {role}, found {name}", where="--column")
    free = {name.casefold(): name for name in names if name not in _taken(by_role)}
    for role, known in _NAMES.items():
        if role in by_role:
            continue
        numbered = [name for key, name in free.items() if _NUMBERED.fullmatch(key)] if role == "reference" else []
        found = numbered or [free[name] for name in known if name in free][:1]
        if found:
            by_role[role] = tuple(found)
            free = {key: name for key, name in free.items() if name not in found}
    for role in _REQUIRED:
        if role not in by_role:
            raise InputError(
                f"no column is known to be the {role} (columns: {', '.join(names)}); say --column {role}=NAME",
                where=file,
            )
    return ColumnsByRole(by_role, tuple(name for name in free.values() if _LIKE_A_SCORE.search(name)))


def _named(name: str, names: Sequence[str], file: str) -> str:
    """Return the column that a user named, in any letter case."""
    alike = [name] if name in names else [column for column in names if column.casefold() == name.casefold()]
    if len(alike) != 1:
        raise InputError(registry.unknown("column", name, names), where=file)
    return alike[0]


def _taken(by_role: Mapping[str, Collection[str]]) -> set[str]:
    return {column for columns in by_role.values() for column in columns}
