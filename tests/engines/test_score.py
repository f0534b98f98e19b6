"""Probabilities of given targets: those of transformers' own loss, whatever shares a batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.core.errors import ModelError
from harness.engines import Engine, GivesProbabilities, LogProbability, Request
from tests.engines.test_transformers import build, load, model_of, one_line, requests_of

END = 1
TARGETS = [(5, 7, 9), (800, 3), (), (11, 12, 13, 14, 15, 16, 17, 18), (5,), (400, 5, 400)]
LENGTHS = [30, 4, 12, 7, 64, 30]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("mt5") / "checkpoint")


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return load(folder)


def scored(engine: Engine, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> list[LogProbability]:
    assert isinstance(engine, GivesProbabilities)
    found = [each for batch in engine.score(requests, targets) for each in batch]
    return sorted(found, key=lambda each: each.request)


def totals(engine: Engine, requests: Sequence[Request], targets: Sequence[Sequence[int]]) -> list[float]:
    return [each.total for each in scored(engine, requests, targets)]


def test_a_total_is_the_loss_of_transformers_times_the_tokens(engine: Engine) -> None:
    requests = requests_of(LENGTHS)
    for request, target, found in zip(requests, TARGETS, scored(engine, requests, TARGETS), strict=True):
        labels = torch.tensor([[*target, END]])
        with torch.inference_mode():
            loss = model_of(engine)(input_ids=torch.tensor([request.ids]), labels=labels).loss
        assert found.tokens == len(target) + 1
        assert found.total == pytest.approx(-float(loss) * found.tokens, rel=1e-5)


def test_targets_of_one_request_differ(engine: Engine) -> None:
    (request,) = requests_of([20])
    assert len(set(totals(engine, [request] * 6, TARGETS))) == 6


@pytest.mark.parametrize("batch_tokens", [1, 60, None])
def test_what_shares_a_batch_changes_nothing_but_rounding(folder: Path, engine: Engine, batch_tokens: int) -> None:
    requests = requests_of(LENGTHS)
    alone = [totals(engine, [each], [target])[0] for each, target in zip(requests, TARGETS, strict=True)]
    assert totals(load(folder, batch_tokens=batch_tokens), requests, TARGETS) == pytest.approx(alone, rel=1e-5)


@pytest.mark.parametrize("padding", ["left", "right"])
def test_so_does_the_side_of_the_padding(folder: Path, engine: Engine, padding: str) -> None:
    # mT5 has relative positions, so both sides are right.
    requests = requests_of(LENGTHS)
    found = totals(load(folder, padding=padding), requests, TARGETS)
    assert found == pytest.approx(totals(engine, requests, TARGETS), rel=1e-5)


def test_a_batch_has_no_more_tokens_of_both_sides_than_its_budget(folder: Path) -> None:
    engine = load(folder, batch_tokens=60)
    assert isinstance(engine, GivesProbabilities)
    batches = list(engine.score(requests_of([20] * 5), [(5,) * 9] * 5))
    assert [len(batch) for batch in batches] == [2, 2, 1]


def test_the_token_that_outputs_begin_with_is_read_and_has_no_part_in_the_sum(engine: Engine) -> None:
    (plain,) = requests_of([20])
    forced, started = Request(plain.ids, first=14), Request(plain.ids, start=(0, 14))
    (found,) = scored(engine, [forced], [(5, 7)])
    assert found.tokens == 3
    assert found.total == pytest.approx(totals(engine, [started], [(5, 7)])[0], rel=1e-6)
    assert found.total != pytest.approx(totals(engine, [plain], [(5, 7)])[0], rel=1e-3)


def test_the_greedy_output_is_more_probable_than_the_same_with_another_last_token(engine: Engine) -> None:
    from harness.engines import Decoding

    (request,) = requests_of([20])
    ((output,),) = engine.decode([request], Decoding(max_new_tokens=4))
    *before, last = output.ids
    one, other = totals(engine, [request] * 2, [(*before, last), (*before, last + 1)])
    assert one > other


class TestOutOfMemory:
    @staticmethod
    def small(engine: Engine, rows: int) -> Any:
        """Let the model run out of memory with more rows than these."""
        forward = model_of(engine).forward

        def limited(*arguments: Any, **options: Any) -> Any:
            ids = options.get("decoder_input_ids")
            if ids is not None and len(ids) > rows:
                raise MemoryError
            return forward(*arguments, **options)

        return limited

    def test_smaller_batches_give_the_same(self, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        tight = load(folder)
        monkeypatch.setattr(model_of(tight), "forward", self.small(tight, 2))
        requests = requests_of(LENGTHS)
        assert totals(tight, requests, TARGETS) == pytest.approx(totals(engine, requests, TARGETS), rel=1e-5)

    def test_a_single_target_that_does_not_fit_is_one_line(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tight = load(folder)
        monkeypatch.setattr(model_of(tight), "forward", self.small(tight, 0))
        with pytest.raises(ModelError) as error:
            scored(tight, requests_of([40]), [(5, 7)])
        assert one_line(error) == (
            "out of memory on cpu with a single source of 43 tokens of source and target; try a smaller dtype or "
            "another device"
        )


@pytest.mark.parametrize("target", [(5, 10**6), (-1,)])
def test_a_token_outside_the_vocabulary_is_refused(engine: Engine, target: tuple[int, ...]) -> None:
    with pytest.raises(ModelError, match=f"request 0 has token {max(target, key=abs)}, and the model has"):
        scored(engine, requests_of([5]), [target])


def test_nothing_to_score_gives_nothing(engine: Engine) -> None:
    assert scored(engine, [], []) == []
