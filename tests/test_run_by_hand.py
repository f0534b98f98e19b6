"""Modules that nothing imports while the tests run: benchmarks and simulations. Each must at least import."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest

from tests.paths import ROOT

PACKAGES = ("benchmarks", "simulations")
MODULES = (
    "tests.break_it",
    *(
        f"tests.{package}.{module.name}"
        for package in PACKAGES
        for module in iter_modules([str(ROOT / "tests" / package)])
        if not module.name.startswith("test_")
    ),
)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_has_modules(package: str) -> None:
    assert any(name.startswith(f"tests.{package}.") for name in MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_it_imports(name: str) -> None:
    import_module(name)
