"""The figures as the READMEs quote them: ranges over the four metrics, and over numbers of segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.simulations import coverage, outputs, ranks, type_one

Figures = Mapping[str, Mapping[str, float]]


def percent(shares: Iterable[float]) -> str:
    """Return the range of shares in per cent: "92 to 96%"."""
    low, *_, high = sorted(round(100 * share) for share in [*shares] * 2)
    return f"{low}%" if low == high else f"{low} to {high}%"


def coverage_table(figures: Figures) -> str:
    """Return how often each kind of interval contained the true score, as Markdown."""
    lines = ["| units | t | percentile |", "|---|---:|---:|"]
    units = [f"{count} segments" for count in coverage.SEGMENTS] + [f"{count} articles" for count in coverage.ARTICLES]
    for name in [*units, f"segments of {coverage.ARTICLES[-1]} articles"]:
        cells = [covered(figures, method, [name]) for method in ("t", "percentile")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def covered(figures: Figures, method: str, units: Iterable[str]) -> str:
    """Return the range of how often intervals over these units contained the true score."""
    return percent(figures["coverage"][f"{metric}, {name}: {method}"] for name in units for metric in outputs.METRICS)


def claims_table(figures: Figures) -> str:
    """Return how often something was claimed of equal systems, as Markdown."""
    names = [
        name.partition(": ")[2] for name in figures["type_one"] if name.startswith(f"{type_one.SEGMENTS[0]} segments")
    ]
    lines = [f"| share with | {' | '.join(f'{count} segments' for count in type_one.SEGMENTS)} |"]
    lines.append(f"|---|{'---:|' * len(type_one.SEGMENTS)}")
    for name in names:
        shares = [figures["type_one"][f"{count} segments: {name}"] for count in type_one.SEGMENTS]
        lines.append(f"| {name} | {' | '.join(f'{100 * share:.1f}%' for share in shares)} |")
    return "\n".join(lines)


def claimed(figures: Figures, name: str) -> str:
    """Return the range of how often this was claimed."""
    return percent(figures["type_one"][f"{count} segments: {name}"] for count in type_one.SEGMENTS)


def ranks_table(figures: Figures) -> str:
    """Return how often true ranks were given, and how many ranks a system had, as Markdown."""
    of = figures["ranks"]
    lines = ["| segments | true rank given | all ten given | ranks per system | tables with a wrong line |"]
    lines.append("|---:|---:|---:|---:|---:|")
    for count in ranks.SEGMENTS:
        one, every, width, line = (
            of[f"{count} segments: {name}"]
            for name in ("true rank given", "all true ranks given", "ranks per system", "a wrong line")
        )
        lines.append(f"| {count} | {100 * one:.1f}% | {100 * every:.1f}% | {width:.1f} | {100 * line:.1f}% |")
    return "\n".join(lines)
