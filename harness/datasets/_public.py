"""Public test sets: each YAML file in `public/` fills the options of a format, and states what the set is.

Another package adds one by an entry point in the group `harness.public`: `my-set = "their_package.sets"` means the file
`my-set.yaml` in the folder of that package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.core import document, registry, validation
from harness.core.errors import HarnessError, InputError
from harness.core.registry import Listed

_COMMIT = 40  # characters of a commit
_NAME = re.compile(r"[\w.+-]+")


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
    def _citation(self) -> str:
        if "citation" not in self.dataset and "test_set" in self.dataset:
            return f"as sacreBLEU says: sacrebleu -t {self.dataset['test_set']} --cite"
        return str(self.dataset.get("citation", "not stated"))

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
            ("cite", self._citation),
            ("in a config", f"datasets: [{self.name}]"),
            ("a part of it", f"datasets: [{{public: {self.name}, sample: {{n: 200, seed: 0}}}}]"),
        ]
        width = max(len(key) for key, _ in facts) + 2
        return [self.name, *(f"  {key:{width}}{text}" for key, text in facts)]


def names() -> list[str]:
    """Return the names of the public sets, sorted."""
    return registry.names(registry.PUBLIC)


def is_known(name: str) -> bool:
    """Whether a public set has this name. A name that looks like a path is none, and entry points need no reading."""
    return bool(_NAME.fullmatch(name)) and registry.is_known(registry.PUBLIC, name)


@cache
def get(name: str) -> PublicSet:
    """Return a public set.

    Raises:
        InputError: there is no such set, or one of another package whose file cannot be read.
    """
    path = registry.public_set(name)
    tree = document.read(path, expected="summary, size and dataset").tree
    try:
        return PublicSet.model_validate(json.loads(json.dumps(tree)) | {"name": name})
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"]))
        message = f"{key}: expected {validation.expected_of(fault)}; tell its authors"
        raise InputError(message, where=path) from None


def listing() -> list[Listed]:
    """Return the public sets, each with its origin and a line on it; those that cannot be read are left out."""
    return [
        Listed(each.name, registry.origin(registry.PUBLIC, each.name) or registry.BUILT_IN, each.line)
        for each in _readable()
    ]


def of_hub(hub: str) -> PublicSet | None:
    """Return a public set that reads a repository of the hub, None without one."""
    return next((each for each in _readable() if each.dataset.get("hub") == hub), None)


def _readable() -> Iterator[PublicSet]:
    """Yield the public sets; one of another package that cannot be read is a warning."""
    for name in names():
        try:
            yield get(name)
        except HarnessError as error:
            package = registry.origin(registry.PUBLIC, name)
            if package is None:
                raise
            registry.warn(f"public set {name!r} of {package} is ignored: {error}")


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
