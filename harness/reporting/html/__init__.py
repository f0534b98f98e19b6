"""One self-contained HTML page on runs: verdicts, tables, every segment side by side, and how all of it was made; pure.

    glance.py       sentences on what the data show and what not
    caveats.py      notes that stand above all tables, and those that stay below theirs
    tables.py       tables for the templates, with small charts of intervals
    data.py         the segments as JSON for the script
    subtitle.py     languages, data, dates and version in one line
    origin.py       how outputs were made, from the manifests
    templates/      Jinja2, autoescaped; the page is complete and readable without its script
    static/         the style and the script, in the order of `assets.py`

The page makes no request. Its Content-Security-Policy allows only its own style and script, by their digests, and no
text becomes markup: templates escape, and the script only sets text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.core.records import ENGLISH
from harness.core.scores import TaskScores
from harness.core.segments import SegmentView, TaskView
from harness.reporting import Table, numbers, order, visible, word_differences
from harness.reporting.html import assets, caveats, data, glance, origin, tables
from harness.reporting.html.subtitle import subtitle
from harness.reporting.notes import more_data
from harness.reporting.plots import Plot
from harness.reporting.word_differences import Edit

if TYPE_CHECKING:
    from jinja2 import Environment

# Segments of each table that are readable without the script, and printed.
_MOST_STATIC = 50


@dataclass(frozen=True, slots=True)
class ChangedSegment:
    """A segment whose output changed between two runs, for the top of a page."""

    task: str  # label of the table
    system: str
    id: str
    effects: Mapping[str, str]  # what the change did, in words, by metric or check
    before: str | None  # the output; None if it is not available
    now: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a page shows. Only `title` and `scores` are needed."""

    title: str
    scores: Sequence[TaskScores]
    views: Sequence[TaskView] = ()
    lead: Sequence[str] = ()  # sentences above all else; default: those of `glance` for each table
    lead_tables: Sequence[Table] = ()  # above the tables of scores: the verdict of a gate
    changed: Sequence[ChangedSegment] = ()
    changed_note: str = ""  # about all of `changed`
    before: Mapping[str, str] = field(default_factory=dict)  # by system, the one that its outputs are compared with
    plots: Sequence[Plot] = ()  # each belongs to the table of its label
    no_plots: str = ""  # why there is no plot, and what to do
    manifests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by name of the run
    notes: Mapping[str, str] = field(default_factory=dict)  # of the configs on systems, by system
    about_tasks: Mapping[str, str] = field(default_factory=dict)  # a line on each task, by its label
    about_systems: Mapping[str, str] = field(default_factory=dict)  # a line on each built-in baseline, by system
    parameters: Mapping[str, int] = field(default_factory=dict)  # numbers in the weights, by system, for the plots
    differences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # between the runs: values by run
    version: str = ""  # of the harness


@dataclass(frozen=True, slots=True)
class _StaticOutput:
    system: str
    scores: Sequence[str]
    flags: Sequence[tuple[str, str]]  # the name of each, and what it is about
    text: Sequence[Edit]


@dataclass(frozen=True, slots=True)
class _StaticSegment:
    segment: SegmentView
    outputs: Sequence[_StaticOutput]


@dataclass(frozen=True, slots=True)
class _Part:
    """One table of scores, as the template sees it."""

    anchor: str
    scores: TaskScores
    sentences: Sequence[str]  # empty if the page is about a change, which `lead` tells
    systems: tables.HtmlTable
    more_data: Sequence[str]  # how much data would show the difference of the two best systems; none or one sentence
    about: Sequence[str]  # lines on the task and on its built-in baselines
    notes: Sequence[str]  # those that do not stand above all tables
    details: Sequence[tables.HtmlTable]
    plots: Sequence[Plot]
    view: TaskView | None
    segments: Sequence[_StaticSegment]


def page(content: Page) -> str:
    """Return the page as HTML."""
    tables_of = [_table_of(view, content.scores) for view in content.views]
    shown = [_best_first(view, table) for view, table in zip(content.views, tables_of, strict=True)]
    views = {id(table): view for view, table in zip(shown, tables_of, strict=True) if table is not None}
    titles = [table.title if table else view.label for view, table in zip(shown, tables_of, strict=True)]
    packed, encoding = data.script(data.content(shown, titles, content.before, _footings(content.scores)))
    style, script = assets.style(), assets.script()
    return _environment().get_template("page.html").render(
        page=content,
        subtitle=subtitle(content.views, list(content.manifests.values()), content.version),
        parts=[
            _part(content, place, scores, views.get(id(scores))) for place, scores in enumerate(content.scores, 1)
        ],
        lead_tables=[tables.plain(table) for table in content.lead_tables],
        changed=[(each, *_changes(each, content.views)) for each in content.changed],
        has_marks=bool(content.before) or any(_has_references(view) for view in content.views),
        caveats=caveats.at_a_glance(content.scores, content.notes),
        runs=[origin.of_run(name, manifest) for name, manifest in content.manifests.items()],
        policy=assets.policy(style, script),
        style=assets.markup(style),
        script=assets.markup(script),
        data=assets.markup(packed),
        encoding=encoding,
        most_static=_MOST_STATIC,
    )  # fmt: skip


def _table_of(view: TaskView, scores: Sequence[TaskScores]) -> TaskScores | None:
    return next((table for table in scores if table.label == view.label), None)


def _has_references(view: TaskView) -> bool:
    return any(text is not None for segment in view.segments for text in segment.references.values())


def _best_first(view: TaskView, scores: TaskScores | None) -> TaskView:
    """Return a view with its systems in the order of the table."""
    ranked = [row.name for row in order.rows(scores)[1]] if scores else []
    place = {name: at for at, name in enumerate(ranked)}
    return replace(view, systems=tuple(sorted(view.systems, key=lambda name: place.get(name, len(place)))))


def _part(content: Page, place: int, scores: TaskScores, view: TaskView | None) -> _Part:
    return _Part(
        anchor=f"table-{place}",
        scores=scores,
        sentences=() if content.before else glance.sentences(scores),
        systems=tables.systems(scores, view.systems if view else ()),
        more_data=tuple(more_data(scores)),
        about=_about(content, scores),
        notes=caveats.of_table(scores, content.scores, content.notes),
        details=tables.details(scores),
        plots=[plot for plot in content.plots if plot.label == scores.label],
        view=view,
        segments=[] if view is None else [
            _static(segment, view, content.before) for segment in view.segments[:_MOST_STATIC]
        ],
    )  # fmt: skip


def _footings(scores: Sequence[TaskScores]) -> dict[str, str]:
    """Return what a reader must know of the scores of single segments, by the label of a table that leaves one out."""
    return {table.label: "scores against all references" for table in scores if table.leaves_one_out}


def _about(content: Page, scores: TaskScores) -> list[str]:
    """Return a line on the task of a table, and one on each built-in baseline; systems with the same line share it."""
    names: dict[str, dict[str, None]] = {}
    for row in scores.systems:
        if line := content.about_systems.get(row.name):
            names.setdefault(line, {})[row.name] = None
    task = [f"{scores.task}: {content.about_tasks[scores.task]}"] if scores.task in content.about_tasks else []
    return [*task, *(f"{', '.join(of_line)}: {line}" for line, of_line in names.items())]


def _static(segment: SegmentView, view: TaskView, before: Mapping[str, str]) -> _StaticSegment:
    compared = data.compare(segment, view, before)
    outputs = {output.system: output for output in segment.outputs}
    return _StaticSegment(
        segment,
        [
            _StaticOutput(
                output.system,
                [
                    f"{metric} {numbers.score(output.scores.get(metric), view.decimals.get(metric, 1))}"
                    for metric in view.metrics
                ],
                [(data.flag_name(flag), data.flag_title(output, flag)) for flag in output.flags],
                compared[output.system].edits or (Edit("equal", output.text, output.text),),
            )
            for output in (outputs[name] for name in view.systems if name in outputs)
        ],
    )


def _changes(changed: ChangedSegment, views: Sequence[TaskView]) -> tuple[str, Sequence[Edit]]:
    """Return the language of an output, and the edits from the output before to the output now."""
    target = next((view.target for view in views if view.label == changed.task), ENGLISH)
    if changed.before is None or changed.now is None:
        text = changed.now or ""
        return target, (Edit("equal", text, text),)
    return target, word_differences.differences(changed.before, changed.now, language=target)


def _environment() -> Environment:
    """Return the templates; every value is escaped, and its hidden characters are made visible."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    def finalize(value: object) -> object:
        return visible.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("harness.reporting.html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=finalize,
    )  # fmt: skip
    environment.filters |= {
        "pieces": lambda text: [(escape(piece), is_code) for piece, is_code in visible.pieces(text)],
        "lang": lambda code: assets.bcp47(str(code)),
        "quote": lambda text: quote(str(text), safe="", errors="replace"),
        "markup": assets.markup,
    }
    return environment
