"""Which settings a system is measured in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.core.errors import InputError
from harness.runs.bench import settings
from harness.runs.bench.settings import Wanted

OWN = {"engine": "transformers"}
BOTH = ("ctranslate2", "transformers")


def chosen(
    own: Mapping[str, Any] = OWN,
    *,
    installed: tuple[str, ...] = BOTH,
    device: str = "cpu",
    cpus: int = 4,
    **wanted: Any,
) -> list[Any]:
    return settings.chosen(Wanted(**wanted), own, dtype="float32", installed=installed, device=device, cpus=cpus)


INT8 = {"engine": "ctranslate2", "compute_type": "int8"}
FLOAT32 = {"engine": "ctranslate2", "compute_type": "float32"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [{}, INT8, FLOAT32, {"threads": 2}, {"batch_tokens": 2048}]),
        ({"installed": ("transformers",)}, [{}, {"threads": 2}, {"batch_tokens": 2048}]),
        ({"cpus": 1, "installed": ("transformers",)}, [{}, {"batch_tokens": 2048}]),
        ({"device": "mps", "installed": ("transformers",)}, [{}, {"batch_tokens": 2048}]),
        (
            {"device": "cuda:1"},
            [{}, {"engine": "ctranslate2", "compute_type": "int8"},
             {"engine": "ctranslate2", "compute_type": "bfloat16"}, {"batch_tokens": 8192}, {"batch_tokens": 131_072}],
        ),
        ({"own": {**OWN, "batch_tokens": 2048}, "installed": ("transformers",)}, [{}, {"threads": 2}]),
        (
            {"own": {**OWN, "dtype": "bfloat16"}, "device": "mps"},
            [{}, {"engine": "ctranslate2", "dtype": None}, {"batch_tokens": 2048}],
        ),
        (
            {"own": {"engine": "ctranslate2", "compute_type": "int8"}},
            [{}, {"engine": "transformers", "compute_type": None}, {"threads": 2}, {"batch_tokens": 2048}],
        ),
    ],
    ids=[
        "all engines", "one engine", "one CPU", "Apple", "a GPU", "a batch of its own", "a type of its own",
        "ctranslate2 in the config",
    ],
)  # fmt: skip
def test_without_named_values_each_setting_changes_one_thing(given: Any, expected: list[Any]) -> None:
    assert chosen(**given) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"threads": [1, 2]}, [{}, {"threads": 1}, {"threads": 2}]),
        ({"threads": [1], "batch_tokens": [64, 128]},
         [{}, {"batch_tokens": 64, "threads": 1}, {"batch_tokens": 128, "threads": 1}]),
        ({"engines": ["ctranslate2"]}, [{}, {"engine": "ctranslate2"}]),
        ({"compute_types": ["int8"]}, [{}, INT8]),
        ({"compute_types": ["float32", "bfloat16"]},
         [{}, {"dtype": "bfloat16"}, FLOAT32, {"engine": "ctranslate2", "compute_type": "bfloat16"}]),
        ({"engines": ["ctranslate2"], "compute_types": ["int8"], "threads": [2]}, [{}, {**INT8, "threads": 2}]),
    ],
)  # fmt: skip
def test_named_values_are_measured_in_all_combinations_after_the_system_as_configured(
    wanted: Any, expected: list[Any]
) -> None:
    assert chosen(**wanted) == expected


def test_a_type_that_no_named_engine_has_is_an_error() -> None:
    with pytest.raises(InputError, match="--compute-type int8: engine transformers computes in float32, bfloat16"):
        chosen(engines=["transformers"], compute_types=["int8"])
