"""Write the reference of every config key into configs/README.md, from the schema and the registered plugins:

    python -m tests.config.reference

The text between two pairs of marks of that file is replaced: the table of families, and the keys. The README of the
project has the table of families too. The rest is written by hand. `test_reference.py` compares both files with what
this module generates. A key's line comes from its pydantic field: type, limits, default, description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from pydantic import BaseModel

from harness import datasets, models, tasks
from harness.config.schema import RunConfig
from harness.core import registry
from harness.datasets import DatasetOptions
from harness.models import SystemOptions
from harness.models._seq2seq.decoding import DecodingOptions
from harness.models._seq2seq.options import CheckpointOptions
from harness.tasks._options import TaskOptions
from tests.paths import ROOT

FILE = ROOT / "configs" / "README.md"
PROJECT = ROOT / "README.md"
MARKS = re.compile("(<!-- (?:keys: .*?|end of keys) -->)")
MARKS_OF_FAMILIES = re.compile("(<!-- (?:families: .*?|end of families) -->)")

# Defaults that are computed when a config is read, so that the schema does not have them.
COMPUTED = {(RunConfig, "name"): "the file's name"}

# Where a config names plugins of a kind that has no section of keys of its own.
LISTS = {"engines": "Engines", "executors": "Executors", "metrics": "Metrics"}

PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def main() -> None:
    """Replace the generated parts of both files."""
    parts = (
        (FILE, MARKS_OF_FAMILIES, families()),
        (FILE, MARKS, generated()),
        (PROJECT, MARKS_OF_FAMILIES, families()),
    )
    for file, marks, content in parts:
        before, first, _, last, after = marks.split(file.read_text(encoding="utf-8"))
        file.write_text(f"{before}{first}\n\n{content}\n\n{last}{after}", encoding="utf-8")


def families() -> str:
    """Return the table of the families with weights, from what each declares."""
    head = "| family | architecture | directions | unit | licence | authors' decoding | tested how |"
    rows = [head, "|---|---|---|---|---|---|---|"]
    for name in registry.names("models"):
        family = models.get(name)
        if family.facts is not None and issubclass(family.options, CheckpointOptions):
            facts, authors = family.facts, family.options.AUTHORS
            decoding = ", ".join(f"{key} {value}" for key, value in authors.items())
            recipe = decoding + " (not confirmed)" * (not facts.confirmed)
            cells = (facts.architecture, facts.directions, facts.unit, facts.licence, recipe, facts.tested)
            rows.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(rows)


def generated() -> str:
    """Return the reference: top level, datasets, tasks, systems, then every section below the top level."""
    sections = [
        *keys_section("The top level", RunConfig),
        *keys_section(
            "`datasets`",
            DatasetOptions,
            intro="Each dataset is a path, or a mapping with these keys and those of its format.",
        ),
        *_formats(),
        *keys_section(
            "`tasks`",
            TaskOptions,
            intro="Each task is a name, or a mapping with these keys and those of its own.",
        ),
        *_tasks(),
        *keys_section("`systems`", SystemOptions, intro="Every system may have these keys."),
        _plugins("Model families", "models", level=3),
        *_family_keys(),
        *_nested("", RunConfig),
        *(_plugins(title, kind) for kind, title in LISTS.items()),
    ]
    return "\n\n".join(sections)


def keys_section(
    title: str, model: type[BaseModel], *, names: list[str] | None = None, intro: str = "", level: int = 2
) -> Iterator[str]:
    """Yield a section with one line per key, for all of a model's keys or those in `names`; nothing without keys."""
    lines = [_line(model, name) for name in (model.model_fields if names is None else names)]
    if lines:
        head = [f"{'#' * level} {title}", *([intro] if intro else [])]
        yield "\n\n".join([*head, "\n".join(["| key | value | default | what it is |", "|---|---|---|---|", *lines])])


def undocumented() -> list[str]:
    """Return every key of the reference that has no description."""
    return [line for line in generated().splitlines() if line.startswith("| `") and line.endswith("|  |")]


def _line(model: type[BaseModel], name: str) -> str:
    schema = model.model_json_schema()
    entry = schema["properties"][name]
    required = name in schema.get("required", ())
    default = COMPUTED.get((model, name)) or ("required" if required else _default(entry))
    cells = (f"`{name}`", values(entry, schema.get("$defs", {})), default, entry.get("description", ""))
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def values(entry: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Return in words which values a part of a JSON schema accepts."""
    if "$ref" in entry:
        definition = definitions[entry["$ref"].rpartition("/")[2]]
        return values(definition, definitions) if "enum" in definition else "mapping"
    if "enum" in entry or "const" in entry:
        return ", ".join(f"`{value}`" for value in entry.get("enum", [entry.get("const")]))
    if "anyOf" in entry:
        accepted = [values(each, definitions) for each in entry["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(accepted))
    kind = entry.get("type", "any value")
    if kind == "array":
        return f"list of {values(entry.get('items', {}), definitions)}"
    if kind == "object":
        inner = entry.get("additionalProperties")
        return f"mapping to {values(inner, definitions)}" if isinstance(inner, dict) and inner else "mapping"
    return PLAIN.get(kind, kind) + _limits(entry)


def _limits(entry: Mapping[str, Any]) -> str:
    words = {"minimum": "at least", "exclusiveMinimum": "over", "maximum": "at most", "exclusiveMaximum": "under"}
    limits = [f"{word} {entry[key]:,}" for key, word in words.items() if key in entry]
    if "maxLength" in entry:
        limits.append(f"at most {entry['maxLength']} characters")
    return f", {' and '.join(limits)}" if limits else ""


def _default(entry: Mapping[str, Any]) -> str:
    value = entry.get("default")
    if isinstance(value, dict):
        return "see below" if value else "none"
    return "not set" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _nested(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    """Yield a section for each mapping below a model's keys; lists have sections of their own."""
    for name, field in model.model_fields.items():
        for inner in _models_in(field.annotation):
            if str(field.annotation).startswith("tuple"):
                continue
            path = f"{prefix}{name}" + ".METRIC" * str(field.annotation).startswith("dict")
            yield from keys_section(f"`{path}`", inner, level=3 if prefix else 2)
            yield from _nested(f"{path}.", inner)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the pydantic models in a type: itself, or a parameter of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for parameter in getattr(annotation, "__args__", ()):
        yield from _models_in(parameter)


def _options(module: ModuleType) -> type[BaseModel] | None:
    """Return the model of a plugin's own keys: its `Options`, or the `options` of the object that it declares."""
    declared = [getattr(value, "options", None) for value in vars(module).values() if not isinstance(value, type)]
    for found in (getattr(module, "Options", None), *declared):
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None


def _formats() -> Iterator[str]:
    yield _plugins("Dataset formats", "datasets", level=3)
    options = {name: datasets.get(name).options for name in registry.names("datasets")}
    declaring = _declaring(options, DatasetOptions)
    inner: dict[type[BaseModel], str] = {}  # a model of keys in a key, to that key
    for model, names in sorted(declaring.items(), key=lambda each: -len(each[1])):
        parents = {key for parent in model.__mro__[1:] for key in getattr(parent, "model_fields", ())}
        own = [key for key in model.model_fields if key not in parents]
        title = ", ".join(f"`{name}`" for name in names)
        yield from keys_section(f"Keys of format{'s' * (len(names) > 1)} {title}", model, names=own, level=4)
        inner |= {found: key for key in own for found in _models_in(model.model_fields[key].annotation)}
    for model, key in inner.items():
        yield from keys_section(f"Keys of `{key}`", model, level=4)
    rows = [f"| `{listed.name}` | {listed.summary} |" for listed in datasets.public_sets()]
    yield "\n".join([
        "### Public sets\n",
        "`datasets: [flores-plus-hin-eng]` names one, and `{public: xlsum-hindi, split: validation}` changes its keys.",
        "A folder with the name of a set is written with `./` before it.\n",
        "| set | what it is |",
        "|---|---|",
        *rows,
    ])


def _declaring(options: Mapping[str, type[BaseModel]], base: type[BaseModel]) -> dict[type[BaseModel], list[str]]:
    """Return for each class of options that extends `base` the names of the plugins that have its keys."""
    declaring: dict[type[BaseModel], list[str]] = {}
    for name, model in options.items():
        for parent in reversed(model.__mro__):
            if issubclass(parent, base) and parent is not base:
                declaring.setdefault(parent, []).append(name)
    return declaring


def _own_keys(kind: str, noun: str, shared: type[BaseModel]) -> Iterator[str]:
    """Yield a section for each plugin of a kind that has keys beside those that all of them share."""
    for name in registry.names(kind):
        if (options := _options(registry.get(kind, name))) is not None:
            own = [key for key in options.model_fields if key not in shared.model_fields]
            yield from keys_section(f"Keys of {noun} `{name}`", options, names=own, level=4)


def _tasks() -> Iterator[str]:
    rows = []
    for name, summary in registry.summaries("tasks").items():
        task = tasks.get(name)
        cells = (", ".join(task.units), ", ".join(task.targets), task.reference_kind, ", ".join(task.metrics))
        rows.append(f"| `{name}` | {summary} | {' | '.join(cells)} |")
    head = ["| task | what it asks for | unit | target | references | metrics |", "|---|---|---|---|---|---|"]
    yield "\n".join([
        "### Tasks\n",
        "The first unit, target and metric are the defaults. A choice other than the default becomes part of the",
        "task's label: `translate-paragraph`, `summarise-eng_Latn`, `summarise-sentence`. Systems name it by label.\n",
        *head,
        *rows,
    ])
    yield from _own_keys("tasks", "task", TaskOptions)


def _family_keys() -> Iterator[str]:
    """Yield the keys that families add, each once: keys that more families share come first."""
    options = {name: models.get(name).options for name in registry.names("models")}
    declaring = _declaring(options, SystemOptions)
    for families in sorted(set(map(tuple, declaring.values())), key=lambda names: (-len(names), names)):
        classes = [model for model, names in declaring.items() if tuple(names) == families]
        own = [key for model in classes for key in vars(model).get("__annotations__", {}) if key in model.model_fields]
        names = _names(families, [name for name, model in options.items() if issubclass(model, CheckpointOptions)])
        yield from keys_section(f"Keys of {names}", classes[-1], names=own, level=4)
        for key in own:
            yield from _inner_keys(classes[-1], key, names)
    yield _authors(options)


def _inner_keys(model: type[BaseModel], key: str, names: str) -> Iterator[str]:
    """Yield the keys of the mappings below a key, and of those below them; those of `decoding` have one section."""
    for inner in _models_in(model.model_fields[key].annotation):
        if inner is DecodingOptions and key != "decoding":
            continue
        intro = "A key that is not set has the checkpoint's value, else its authors' value (see below)."
        yield from keys_section(f"`{key}` of {names}", inner, level=4, intro=intro if key == "decoding" else "")
        for below in inner.model_fields:
            yield from _inner_keys(inner, below, f"`{key}`")


def _names(families: Sequence[str], with_weights: Sequence[str]) -> str:
    """Return families for a heading: all with weights in one phrase, others by name."""
    if list(families) == list(with_weights):
        return "every family with weights"
    quoted = [f"`{name}`" for name in families]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _authors(options: Mapping[str, type[BaseModel]]) -> str:
    """Return the decoding of the families' authors, for checkpoints that store none."""
    rows = [
        f"| `{name}` | {', '.join(f'{key} {value}' for key, value in authors.items())} | {limit} |"
        for name, model in options.items()
        if (authors := getattr(model, "AUTHORS", None)) and (limit := getattr(model, "INPUT_TOKENS", None))
    ]
    head = ["| family | decoding | longest input in tokens |", "|---|---|---:|"]
    return "\n".join(["#### Values of a family's authors\n", *head, *rows])


def _plugins(title: str, kind: str, level: int = 2) -> str:
    rows = [f"| `{name}` | {summary.replace('|', '/')} |" for name, summary in registry.summaries(kind).items()]
    return "\n".join([f"{'#' * level} {title}\n", "| name | what it is |", "|---|---|", *rows])


if __name__ == "__main__":
    main()
