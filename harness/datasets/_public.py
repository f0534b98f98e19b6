"""Public test sets: each YAML file in `public/` fills the options of a format, and states what the set is."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness.core import document, registry
from harness.core.errors import InputError

_COMMIT = 40  # characters of a commit
_FOLDER = Path(__file__).parent / "public"


class PublicSet(BaseModel):
    """The keys of a public set's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    summary: str = Field(description="one line: what the texts are")
    size: str = Field(description="segments or articles of the splits")
    gated: bool = Field(default=False, description="the hub asks users to accept terms")
    direction: str = Field(description="in which direction the texts were translated, and what follows")
    published: str = Field(description="what published figures use: split, fields, tokenisation, stemming")
    dataset: dict[str, Any] = Field(description="the format and its options, as in a config")

    @property
    def contents(self) -> str:
        """What the texts are, and how many."""
        return f"{self.summary} ({self.size})"

    @property
    def line(self) -> str:
        """What `harness list datasets` says of the set."""
        facts = [self.size, self.dataset.get("licence", "licence not stated"), *(["gated"] if self.gated else [])]
        return f"{self.summary} ({'; '.join(facts)}). {self.direction}"

    @property
    def lines(self) -> list[str]:
        """What `harness list datasets NAME` says."""
        given, place = self.dataset, []
        if "hub" in given:
            revision = str(given.get("revision", "main"))
            pinned = "pinned" if len(revision) == _COMMIT else "not pinned: a run records the commit in its manifest"
            place = [("from", f"https://huggingface.co/datasets/{given['hub']} at revision {revision} ({pinned})")]
        elif "test_set" in given:
            command = f"sacrebleu -t {given['test_set']} -l {given['pair']} --echo src"
            place = [("from", f"sacreBLEU's own cache, which this command fills: {command}")]
        facts = [
            ("texts", self.contents),
            ("direction", self.direction),
            *place,
            ("licence", given.get("licence", "not stated here; see the page of the data")),
            *([("gated", "accept its terms on that page once, then: hf auth login")] if self.gated else []),
            ("published", self.published),
            *(("note", note) for note in given.get("notes", ())),
            ("cite", given.get("citation") or f"as sacreBLEU says: sacrebleu -t {given['test_set']} --cite"),
            ("in a config", f"datasets: [{self.name}]"),
            ("a part of it", f"datasets: [{{public: {self.name}, sample: {{n: 200, seed: 0}}}}]"),
        ]
        width = max(len(key) for key, _ in facts) + 2
        return [self.name, *(f"  {key:{width}}{text}" for key, text in facts)]


@cache
def names() -> tuple[str, ...]:
    """Return the names of the public sets."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def get(name: str) -> PublicSet:
    """Return a public set.

    Raises:
        InputError: there is no such set.
    """
    if name not in names():
        raise InputError(registry.unknown("public set", name, names()))
    tree = document.read(_FOLDER / f"{name}.yaml", expected="summary, size and dataset").tree
    return PublicSet.model_validate(json.loads(json.dumps(tree)) | {"name": name})


def of_hub(hub: str) -> PublicSet | None:
    """Return a public set that reads a repository of the hub, None without one."""
    return next((each for each in map(get, names()) if each.dataset.get("hub") == hub), None)


def filled(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a dataset that names a public set: the set's own, with those that are given on top.

    The dataset has the set's name, by which published figures are found; with another split, the split is added.

    Raises:
        InputError: there is no such set.
    """
    own = get(str(given["public"])).dataset
    split = given.get("split", own.get("split"))
    own = {"name": f"{given['public']}-{split}" if split != own.get("split") else given["public"], **own}
    if "path" in given:  # a copy of the repository
        own = {key: value for key, value in own.items() if key not in ("hub", "revision")}
    return {**own, **given}
