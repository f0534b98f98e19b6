"""How long a large store takes to open, to fill, to resume from, to score and to export; and how much memory.

    python -m tests.benchmarks.store [--systems 20] [--datasets 100] [--segments 1000] [--place FOLDER]

All but the last system's outputs are put into the store at once. The last system then generates its outputs in a run,
with a model that takes no time: this is how many outputs per second the driver of a run can store. A second run opens
the store in a new process, finds everything in it, and scores. Memory is the greatest resident size of the process over
what it was when it had loaded the datasets, by the kernel's count.
"""

from __future__ import annotations

import argparse
import os
import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, ClassVar

from harness import datasets
from harness.config import load
from harness.config.plan import Plan, System
from harness.core.records import Article, Dataset, Generation, Reference, Segment, Source
from harness.runs import executors, pipeline, store
from harness.runs.assignment import Assignment, source_digest
from harness.runs.generate import Session
from harness.runs.measure import Measured
from harness.runs.progress import Plain

WORDS = "विदेश सचिव ने नई दिल्ली में द्विपक्षीय वार्ता की और कहा कि समझौता जल्द होगा".split()
ENGLISH = "the foreign secretary held talks in new delhi and said that a deal would come soon".split()

OUTPUTS = [" ".join(random.Random(number).choices(ENGLISH, k=20)) for number in range(997)]


def config(systems: int) -> str:
    """Return a config with that many systems; its dataset is replaced afterwards."""
    rows = "".join(f"  - {{name: s{number:02d}, family: copy-source}}\n" for number in range(systems))
    return (
        "name: scale\ndatasets: [references/india-japan]\ntasks: [{name: translate, metrics: [bleu]}]\n"
        f"statistics: {{resamples: 100}}\nbounds: []\nsystems:\n{rows}"
    )


def dataset(number: int, segments: int) -> Dataset:
    """Return a dataset of random sentences: 20 words of source, 20 of reference, 10 segments per article."""
    draw = random.Random(number)
    name = f"set{number:03d}"
    articles, references = [], []
    for first in range(0, segments, 10):
        article = f"{name}-{first // 10:04d}"
        of_article = []
        for place in range(first, min(first + 10, segments)):
            key = f"{article}#s{place - first + 1:02d}"
            of_article.append(Segment(key, key, "body", 0, 0, " ".join(draw.choices(WORDS, k=20))))
            references.append(Reference(key, "one", "eng_Latn", " ".join(draw.choices(ENGLISH, k=20))))
        articles.append(Article(article, "hin_Deva", tuple(of_article)))
    return Dataset(name, name, tuple(articles), {"translations": tuple(references)})


@dataclass(frozen=True)
class Instant:
    """A family and its model; an output is a shuffled English sentence and takes no time."""

    number: int
    endpoint: ClassVar = False

    def load(self, options: object) -> Instant:
        return self

    def lacks_probabilities(self, task: object) -> bool:
        return False

    def identity(self) -> dict[str, Any]:
        return {"family": "benchmark", "number": self.number}

    def output(self, source: Source) -> Generation:
        text = OUTPUTS[(self.number + hash(source.id)) % len(OUTPUTS)]
        return Generation(source.id, text, input_tokens=60, output_tokens=50, seconds=0.2, cut_tokens=0)

    def generate(self, sources: Sequence[Source]) -> Iterator[Generation]:
        return map(self.output, sources)

    def close(self) -> None:
        pass


def plan_of(folder: Path, systems: int, parts: tuple[Dataset, ...]) -> Plan:
    """Return the plan of a run with instant systems on these datasets."""
    path = folder / "scale.yaml"
    path.write_text(config(systems), encoding="utf-8")
    plan = load.load(path, [f"datasets=[{Path(__file__).parents[2] / 'references' / 'india-japan'}]"])
    instant = tuple(
        System(system.options, Instant(number), system.tasks)  # type: ignore[arg-type]
        for number, system in enumerate(plan.systems)
    )
    return replace(plan, systems=instant, parts=parts, dataset=datasets.merge(parts))


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what some work returns, its seconds, and by how many MB the process grew at most."""
    with Measured(own_process=True) as taken:
        before = taken.result(0)["peak_memory"]
        value = work()
        found = taken.result(0)
    return value, found["seconds"], (found["peak_memory"] - before) / 1e6


def in_a_new_process(work: Callable[[], object]) -> None:
    """Do some work in a process that is forked from this one."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def measure(folder: Path, systems: int, sets: int, segments: int, *, scores: bool) -> None:
    """Make a store of that size and print what each use of it takes."""
    plan = plan_of(folder, systems, tuple(dataset(number, segments) for number in range(sets)))
    results, count = folder / "results", systems * sets * segments
    (task,) = plan.tasks
    sources = plan.sources(task)

    def show(what: str, seconds: float, memory: float) -> None:
        print(f"{count:>9,}  {what:<62} {seconds:8.2f} s  {memory:7.1f} MB", flush=True)

    def fill() -> None:
        with store.generations(results) as generations:
            for system in plan.systems[:-1]:
                model: Any = system.family
                digest = generations.remember(model.identity())
                rows = [(source_digest(each), model.output(each), None) for each in sources]
                generations.replace(digest, task.label, rows.__iter__)

    def open_() -> None:
        store.generations(results).close()

    def drive() -> None:
        run = store.create(results, plan.run_name)
        with store.generations(results) as generations, closing(executors.load(plan.executor)) as executor:
            session = Session(folder=run, store=generations, progress=Plain(StringIO()), origin=dict)
            (result,) = executor.generate(session, plan.systems[-1:], {task.label: sources}).values()
            assert result.error is None

    def resume() -> None:
        with store.generations(results) as generations:
            for system in plan.systems:
                model: Any = system.family
                assignment = Assignment.of(
                    store.Run(results / "none"), generations, task=task.label, system=system.name,
                    identity=model.identity(), sources=sources, samples=1,
                )  # fmt: skip
                assert not assignment.inventory().missing

    def score() -> None:
        outcome = pipeline.run(plan, results, Plain(StringIO()))
        assert not outcome.failed

    def each() -> None:
        _, seconds, memory = measured(open_)
        show("open", seconds, memory)
        busy = process_time()
        _, seconds, memory = measured(drive)
        rates = f"{len(sources) / seconds:,.0f} outputs/s, {len(sources) / (process_time() - busy):,.0f} per CPU second"
        show(f"generate {len(sources):,} outputs: {rates}", seconds, memory)
        _, seconds, memory = measured(resume)
        show("resume: what is missing? nothing", seconds, memory)

    results.mkdir()
    begun = perf_counter()
    fill()
    size = (results / "store.sqlite").stat().st_size / 1e6
    show(f"store the outputs of the other systems at once ({size:,.0f} MB)", perf_counter() - begun, 0)
    in_a_new_process(each)
    if not scores:
        return
    for what in ("export and score", "the same again: everything is there"):
        in_a_new_process(lambda what=what: show(what, *measured(score)[1:]))  # type: ignore[misc]


def main() -> None:
    """Measure a quarter of the datasets, then all of them: times may grow fourfold, memory should not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--systems", type=int, default=20)
    parser.add_argument("--datasets", type=int, default=8)
    parser.add_argument("--segments", type=int, default=1000)
    parser.add_argument("--no-scores", action="store_true", help="leave out the scoring, which takes longest")
    parser.add_argument("--place", type=Path, help="where to make the stores; default: the temporary folder")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for sets in dict.fromkeys((max(chosen.datasets // 4, 1), chosen.datasets)):
        with TemporaryDirectory(dir=chosen.place) as folder:
            measure(Path(folder), chosen.systems, sets, chosen.segments, scores=not chosen.no_scores)


if __name__ == "__main__":
    main()
