"""results/README.md quotes the figures of answers beyond scores as the simulations measured them."""

import re

import pytest

from tests.paths import ROOT
from tests.simulations.__main__ import read

README = " ".join((ROOT / "results" / "README.md").read_text(encoding="utf-8").split())


def between(module: str, names: str) -> str:
    """Return the lowest and the highest of the figures whose names match, in per cent."""
    shares = [share for name, share in read()[module].items() if re.fullmatch(names, name)]
    low, high = (f"{100 * share:.0f}%" for share in (min(shares), max(shares)))
    return low if low == high else f"{low} to {high}"


@pytest.mark.parametrize(
    ("sentence", "module", "names"),
    [
        ("no worse in {} of samples if its changes are symmetric", "no_worse", "symmetric.*with the floor"),
        ("and in {} if drops have a long tail", "no_worse", "long tail.*with the floor"),
        ("it is {} where 3% of 60 segments changed", "no_worse", "symmetric, n = 60, 3% changed, without"),
        ("a difference is shown in {} of samples", "power", "power.*"),
        ("contains the right one in {} of pilots", "power", ".* that cover"),
        ("five looks at .05 show a difference between equal systems in {} of samples", "power", "five looks at .05"),
        ("at Pocock's level in {}", "power", "five looks at Pocock's level"),
        ("{} of tables of three equal systems have a false one", "contrasts", "twins.*|shifted.*|sparse.*"),
    ],
)
def test_the_readme_quotes_the_figures(sentence: str, module: str, names: str) -> None:
    assert sentence.format(between(module, names)) in README
