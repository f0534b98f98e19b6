"""What `harness bench` measured, as tables, as JSON, and as the lines of a config to paste; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.core.benchmarks import Bench, BenchRow, FasterSetting, SystemBench, named
from harness.reporting import Cell, Legend, Table, numbers

# With a greater share of the CPUs in use by other programs, a row is marked.
BUSY = 0.1
_BUSY_MARK, _DECODING_MARK = " †", " ‡"

_COLUMNS = ("setting", "tokens/s", "min–max", "ratio", "s/article", "memory", "GPU memory", "load", "others")
# From the first to go on a narrow terminal: others, load, min–max, GPU memory. The mark and the notes say what they do.
_OPTIONAL = ("others", "load", "min–max", "GPU memory")


def tables(bench: Bench) -> list[Table]:
    """Return a table for each system."""
    return [_table(bench, system) for system in bench.systems]


def _table(bench: Bench, system: SystemBench) -> Table:
    of_gpu = any(row.gpu_memory is not None for row in system.rows)
    columns = tuple(name for name in _COLUMNS if of_gpu or name != "GPU memory")
    baseline = system.rows[0].rate if system.rows[0].is_baseline else None
    best = system.faster[0].row if system.faster else None
    rows = []
    for row in system.rows:
        cells = _cells(row, baseline)
        rows.append(tuple(Cell(cells[name], bold=row is best and name == "tokens/s") for name in columns))
    return Table(
        title=system.name,
        caption=_caption(system),
        columns=columns,
        rows=tuple(rows),
        notes=(*_notes(system), *_of_machine(bench, system)),
        legend=Legend(marks=tuple(_marks(system, columns))),
        verdict=_verdict(system),
        optional=tuple(columns.index(name) for name in _OPTIONAL if name in columns),
    )


def _cells(row: BenchRow, baseline: float | None) -> dict[str, str]:
    measured = bool(row.passes)
    rates = row.rates
    return {
        "setting": named(row.changes)
        + (_BUSY_MARK if is_busy(row) else "")
        + (_DECODING_MARK if "decoding" in row.changes else ""),
        "tokens/s": _rate(row.rate),
        "min–max": f"{_rate(rates[0])}–{_rate(rates[-1])}" if len(rates) > 1 else numbers.MISSING,
        "ratio": f"{row.rate / baseline:.2f}x" if row.rate is not None and baseline else numbers.MISSING,
        "s/article": numbers.fine(row.seconds_per_article, 2),
        "memory": numbers.size(row.memory) if measured and row.memory else numbers.MISSING,
        "GPU memory": numbers.size(row.gpu_memory) if measured and row.gpu_memory else numbers.MISSING,
        "load": numbers.MISSING if row.load_seconds is None else f"{row.load_seconds:.1f} s",
        "others": numbers.MISSING if row.others is None else numbers.share(row.others, 1),
    }


def is_busy(row: BenchRow) -> bool:
    """Whether other programs took so much of the CPUs that the row's times are too long."""
    return (row.others or 0.0) > BUSY


def _rate(value: float | None) -> str:
    """Return a rate with three digits."""
    if value is None:
        return numbers.MISSING
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def _caption(system: SystemBench) -> str:
    measured = next((row for row in system.rows if row.passes), None)
    if measured is None:
        return system.workload
    passes = max(len(row.passes) for row in system.rows)
    threads = f" with {numbers.count(measured.threads, 'thread')}" if measured.threads else ""
    return (
        f"{system.workload}; {numbers.count(measured.sources, 'source')} ({measured.articles:.1f} articles) in each of "
        f"{numbers.count(passes, 'pass') if passes == 1 else f'{passes} passes'} after a warm-up; "
        f"{system.device}{threads}"
    )


def _verdict(system: SystemBench) -> str:
    if system.faster:
        best = system.faster[0]
        busy = ", on a busy machine" if is_busy(best.row) or is_busy(system.rows[0]) else ""
        return f"{named(best.row.changes)} writes {best.ratio:.1f} times as many tokens per second as now{busy}"
    measured = [row for row in system.rows if row.passes]
    if not measured:
        return "nothing could be measured"
    if not measured[0].is_baseline:
        return "it could not be measured as configured, so nothing is compared"
    if len(measured) > 1 and len(measured[0].passes) == 1:
        return "one pass has no spread, so nothing is compared"
    return "no other setting is shown to be faster" if len(measured) > 1 else ""


def _notes(system: SystemBench) -> Iterator[str]:
    for setting in system.faster:
        yield f"{system.name}, {named(setting.row.changes)}: {_claim(setting, system.device)}"
    for error, rows in _grouped(system.rows).items():
        yield f"{system.name}, {'; '.join(named(row.changes) for row in rows)}: {error}"
    for decoding, names in _with_decoding(system.rows).items():
        yield f"{system.name}, {'; '.join(names)}: measured with decoding: {decoding}"
    short = [named(row.changes) for row in system.rows if len(row.passes) == 1]
    if short and any(len(row.passes) > 1 for row in system.rows):
        yield f"{system.name}, {'; '.join(short)}: one pass, so no spread and no claim; a larger --budget allows more."
    warned = {text: None for row in system.rows if row.passes for text in row.warnings}
    yield from (f"{system.name}: {text}" for text in warned)


def _claim(setting: FasterSetting, device: str) -> str:
    memory = setting.memory_ratio
    told = f", with {memory:.1f} times the memory" if memory and f"{memory:.1f}" != "1.0" else ""
    if not setting.row.keeps_outputs:
        agreed = setting.row.agreement
        same = f" ({agreed[0]} of {agreed[1]} for random inputs were the same)" if agreed else ""
        outputs = f"It can change outputs{same}, so score them again before you trust them"
    else:
        outputs = "It changes no output" if device == "cpu" else "It changes outputs by rounding at most"
    return (
        f"{setting.ratio:.1f} times the tokens per second of the setting as configured "
        f"({setting.low:.1f} to {setting.high:.1f} between single passes){told}. {outputs}."
    )


def _grouped(rows: Sequence[BenchRow]) -> dict[str, list[BenchRow]]:
    errors: dict[str, list[BenchRow]] = {}
    for row in rows:
        if row.error:
            errors.setdefault(row.error, []).append(row)
    return errors


def _with_decoding(rows: Sequence[BenchRow]) -> dict[str, list[str]]:
    """Return the names of the rows by the `decoding` that they need."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.passes and "decoding" in row.changes:
            names.setdefault(_yaml(row.changes["decoding"]), []).append(named(row.changes))
    return names


def _of_machine(bench: Bench, system: SystemBench) -> Iterator[str]:
    """Yield the notes on the machine, which all tables share."""
    busy = max((row.others or 0.0 for of in bench.systems for row in of.rows), default=0.0)
    if busy > BUSY:
        yield (
            f"Warning: the machine was busy: other programs used up to {numbers.share(busy, 1)} of the CPUs during a "
            "pass. Rates are too low by an unknown amount; measure again on a quiet machine."
        )
    gpus = ", ".join(str(gpu.get("name")) for gpu in bench.machine.get("gpus", ()))
    libraries = ", ".join(f"{name} {release}" for name, release in bench.versions.items())
    begin, end = bench.load_average
    load = "" if begin is None or end is None else f"; load average {begin:.1f} at the start, {end:.1f} at the end"
    cpus = numbers.count(int(bench.machine.get("cpus") or 1), "CPU")
    where = ", ".join(filter(None, (str(bench.machine.get("cpu")), cpus, gpus)))
    yield f"Measured in {bench.seconds:.0f} s on {where}{load}; {libraries}."
    yield from bench.notes


def _marks(system: SystemBench, columns: Sequence[str]) -> Iterator[str]:
    yield (
        "tokens/s: output tokens per second, the median of all passes; min–max: the slowest and the fastest pass; "
        "ratio: to the setting as configured."
    )
    yield "s/article: seconds for an article of average length, without loading; a larger job has fuller batches."
    yield "memory: most memory of the process in any pass, with libraries and weights."
    if "GPU memory" in columns:
        yield "GPU memory: the most that torch allocated; other engines allocate their own, which is not known here."
    yield "load: seconds to import the libraries and to read the weights."
    yield "others: the greatest share of the CPUs that other programs used during a pass."
    if any("decoding" in row.changes for row in system.rows):
        yield "‡: with keys of decoding that the engine needs to decode at all; they can change outputs in any engine."
    if any(map(is_busy, system.rows)):
        yield f"†: other programs used more than {BUSY:.0%} of the CPUs during a pass."


def config_lines(bench: Bench) -> str:
    """Return the lines to paste into configs, as YAML; empty if no setting is shown to be faster."""
    return "\n\n".join("\n".join(_lines(system)) for system in bench.systems if system.faster)


def _lines(system: SystemBench) -> Iterator[str]:
    for number, setting in enumerate(system.faster):
        facts = [
            f"{setting.ratio:.1f} times as fast",
            *(["on a busy machine"] if is_busy(setting.row) or is_busy(system.rows[0]) else []),
            *(["the same outputs"] if setting.row.keeps_outputs else []),
            *(["instead of the lines above"] if number else []),
        ]
        yield f"# {f'{system.config}: ' if system.config else ''}{', '.join(facts)}"
        yield f"- name: {system.name}  # its other keys stay"
        for key, value in setting.row.changes.items():
            yield f"  # remove {key}" if value is None else f"  {key}: {_yaml(value)}"


def _yaml(value: Any) -> str:
    """Return a value as YAML in a line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_yaml(each)}' for key, each in value.items())}}}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def to_json(bench: Bench) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "machine": {**bench.machine, "load_average": list(bench.load_average)},
        "versions": dict(bench.versions),
        "seconds": round(bench.seconds, 1),
        "notes": list(bench.notes),
        "systems": [_system_to_json(system) for system in bench.systems],
    }


def _system_to_json(system: SystemBench) -> dict[str, Any]:
    return {
        "name": system.name,
        "config": system.config,
        "workload": system.workload,
        "device": system.device,
        "rows": [_row_to_json(row) for row in system.rows],
        "faster": [
            {
                "keys": dict(each.row.changes),
                "ratio": each.ratio,
                "range": [each.low, each.high],
                "memory_ratio": each.memory_ratio,
                "keeps_outputs": each.row.keeps_outputs,
            }
            for each in system.faster
        ],
    }


def _row_to_json(row: BenchRow) -> dict[str, Any]:
    return {
        "setting": named(row.changes),
        "keys": dict(row.changes),
        "tokens_per_second": row.rate,
        "range": [row.rates[0], row.rates[-1]] if row.passes else None,
        "seconds_per_article": row.seconds_per_article,
        "sources": row.sources,
        "articles": row.articles,
        "passes": [asdict(each) for each in row.passes],
        "load_seconds": row.load_seconds,
        "peak_memory": row.memory,
        "peak_gpu_memory": row.gpu_memory,
        "threads": row.threads,
        "agreement": list(row.agreement) if row.agreement else None,
        "others": row.others,
        "busy": is_busy(row),
        "warnings": list(row.warnings),
        "error": row.error or None,
    }
