"""The ports of COMET, CometKiwi, XCOMET, MetricX-24 and BERTScore give the scores of the official code.

Then follow tests of these tests: each mistake that a port can make is put into ours, and must be noticed.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import ModelError
from harness.core.scores import ErrorSpan
from harness.metrics._neural import encoding, layers, loading, metricx, regression, spans, tokens
from harness.metrics._neural.bertscore import BertScore, best
from harness.metrics._neural.loading import Hyperparameters
from harness.metrics._neural.metricx import MetricX
from harness.metrics._neural.regression import Regression
from harness.metrics._neural.unified import Judged, Unified
from tests.metrics.neural import expected

TOLERANCE = 1e-5
TOLERANCE_METRICX = 1e-4  # on 0 to 25

COMET, KIWI, XCOMET = expected("comet-da"), expected("cometkiwi"), expected("xcomet")
CASES = COMET["cases"]
SOURCES, HYPOTHESES, REFERENCES = ([case[key] for case in CASES] for key in ("src", "mt", "ref"))
BERTSCORE = expected("bertscore")
PAIRS = [(case["candidate"], case["reference"]) for case in BERTSCORE["cases"]]
METRICX = [
    pytest.param(name, run["max_input_length"], run["cases"], id=f"{name}-{run['max_input_length']}")
    for name in ("metricx24", "metricx24-qe")
    for run in expected(name)["runs"].values()
]


def close(given: Sequence[float], wanted: Sequence[float], within: float = TOLERANCE) -> bool:
    return len(given) == len(wanted) and all(abs(a - b) <= within for a, b in zip(given, wanted, strict=True))


def network(folder: Path, name: str, **changes: Any) -> loading.CometNetwork:
    parameters = Hyperparameters.read(folder / name / "hparams.yaml", **changes)
    return loading.load(folder / name, parameters, folder / parameters.pretrained)


def comet(folder: Path, **changes: Any) -> list[float]:
    return Regression(network(folder, "comet-da", **changes)).score(SOURCES, HYPOTHESES, REFERENCES)


def kiwi(folder: Path, references: list[str] | None = None, **changes: Any) -> list[float]:
    judged = Unified(network(folder, "cometkiwi", **changes)).judge(SOURCES, HYPOTHESES, references)
    return [each.score for each in judged]


def xcomet(folder: Path, mode: str = "reference", **changes: Any) -> list[Judged]:
    references = REFERENCES if mode == "reference" else None
    return Unified(network(folder, "xcomet", **changes)).judge(SOURCES, HYPOTHESES, references)


def scores(cases: Sequence[dict[str, Any]], key: str = "score") -> list[float]:
    return [float(case[key]) for case in cases]


def inputs(cases: Sequence[dict[str, Any]]) -> list[str]:
    return [metricx.input_of(case["source"], case["candidate"], case.get("reference")) for case in cases]


class TestComet:
    def test_scores_are_the_official_ones(self, checkpoints):
        assert close(comet(checkpoints), scores(CASES))

    def test_token_ids_are_the_official_ones(self, checkpoints):
        tokenizer = network(checkpoints, "comet-da").tokenizer
        for key in ("src", "mt", "ref"):
            encoded = tokenizer.encode([case[key] for case in CASES])
            assert [list(each.ids) for each in encoded] == [case[f"{key}_input_ids"] for case in CASES]

    @pytest.mark.parametrize("variant", COMET["variants"])
    def test_changed_hyperparameters_are_followed(self, checkpoints, variant):
        wanted = COMET["variants"][variant]
        assert close(comet(checkpoints, **wanted["change"]), wanted["scores"])

    def test_a_text_that_is_cut_is_known(self, checkpoints):
        judged = Regression(network(checkpoints, "comet-da"))
        judged.score(SOURCES, HYPOTHESES, REFERENCES)
        limit = COMET["max_tokens_per_segment"]
        full = [case["id"] for case in CASES if len(case["mt_input_ids"]) == limit]
        assert {case["id"] for case in CASES if judged.is_cut(case["mt"])} <= set(full) and full

    def test_a_tokenizer_that_is_a_sentencepiece_model_alone_gives_the_same_ids(self, checkpoints, tmp_path):
        encoder = shutil.copytree(checkpoints / "encoders/tiny-xlmr", tmp_path / "encoder")
        (encoder / "tokenizer.json").unlink()
        parameters = Hyperparameters.read(checkpoints / "comet-da/hparams.yaml")
        tokenizer = loading.load(checkpoints / "comet-da", parameters, encoder).tokenizer
        encoded = tokenizer.encode([case["src"] for case in CASES])
        assert [list(each.ids) for each in encoded] == [case["src_input_ids"] for case in CASES]


class TestCometKiwi:
    def test_scores_are_the_official_ones(self, checkpoints):
        assert close(kiwi(checkpoints), scores(KIWI["cases"]))

    def test_token_ids_are_the_official_ones(self, checkpoints):
        tokenizer = network(checkpoints, "cometkiwi").tokenizer
        joined = [tokenizer.join(tokenizer.encode([case["mt"], case["src"]])) for case in KIWI["cases"]]
        assert [list(each.ids) for each in joined] == [case["input_ids"] for case in KIWI["cases"]]
        # A sequence is known to be cut only if it is as long as the limit.
        long = [case["id"] for case in KIWI["cases"] if len(case["input_ids"]) == KIWI["max_positions"]]
        assert {c["id"] for c, each in zip(KIWI["cases"], joined, strict=True) if each.is_cut} >= {"long-mt"} <= {*long}

    @pytest.mark.parametrize("variant", KIWI["variants"])
    def test_changed_hyperparameters_are_followed(self, checkpoints, variant):
        wanted = KIWI["variants"][variant]
        assert close(kiwi(checkpoints, wanted.get("references"), **wanted["change"]), wanted["scores"])

    def test_unite_has_the_official_passes(self, checkpoints):
        wanted = KIWI["variants"]["input_segments=[mt, src, ref]"]
        judged = Unified(network(checkpoints, "cometkiwi", **wanted["change"]))
        assert judged.reads_references
        found = judged.judge(SOURCES, HYPOTHESES, wanted["references"])
        for index, key in enumerate(("src_scores", "ref_scores", "unified_scores")):
            assert close([each.passes[index] for each in found], wanted[key])


@pytest.mark.parametrize("mode", XCOMET["modes"])
class TestXComet:
    def test_scores_are_the_official_ones(self, checkpoints, mode):
        cases = XCOMET["modes"][mode]["cases"]
        found = xcomet(checkpoints, mode)
        assert close([each.score for each in found], scores(cases))
        assert close([each.mqm for each in found if each.mqm is not None], scores(cases, "mqm_scores"))

    def test_passes_are_the_official_ones(self, checkpoints, mode):
        for each, case in zip(xcomet(checkpoints, mode), XCOMET["modes"][mode]["cases"], strict=True):
            assert close(each.passes, [of_pass["score"] for of_pass in case["passes"].values()])

    def test_spans_are_the_official_ones(self, checkpoints, mode):
        for each, case in zip(xcomet(checkpoints, mode), XCOMET["modes"][mode]["cases"], strict=True):
            assert [(s.severity, s.start, s.end) for s in each.spans] == [
                (s["severity"], s["start"], s["end"]) for s in case["error_spans"]
            ]
            assert close([s.confidence for s in each.spans], [s["confidence"] for s in case["error_spans"]])

    def test_ids_and_offsets_are_the_official_ones(self, checkpoints, mode):
        tokenizer = network(checkpoints, "xcomet").tokenizer
        for case in XCOMET["modes"][mode]["cases"]:
            mt, src, ref = tokenizer.encode([case["mt"], case["src"], case.get("ref", "")])
            assert [list(each) for each in mt.offsets] == case["words"]["mt_offsets"]
            for name, texts in {"src": (mt, src), "ref": (mt, ref), "unified": (mt, src, ref)}.items():
                if name in case["passes"]:
                    assert list(tokenizer.join(texts).ids) == case["passes"][name]["input_ids"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder_model": "BERT"}, "encoder_model: expected XLM-RoBERTa or XLM-RoBERTa-XL, found BERT"),
        ({"error_labels": ["minor", "grave"]}, "error_labels: expected minor, major, critical, found grave"),
    ],
)
def test_a_setting_of_hparams_yaml_that_is_not_known_here_is_refused(checkpoints, change, message):
    with pytest.raises(ModelError, match=f"hparams.yaml: {message}"):
        Hyperparameters.read(checkpoints / "xcomet/hparams.yaml", **change)


def test_xcomet_follows_the_transformation_of_hparams_yaml(checkpoints):
    wanted = XCOMET["variants"]["layer_transformation=sparsemax"]
    assert close([each.score for each in xcomet(checkpoints, **wanted["change"])], wanted["scores"])


class TestMetricX:
    @pytest.mark.parametrize(("name", "limit", "cases"), METRICX)
    def test_values_before_and_after_the_limits_are_the_official_ones(self, metricx24, name, limit, cases):
        found = MetricX(metricx24, metricx24, limit=limit).raw(inputs(cases))
        assert close([value for value, _ in found], scores(cases, "raw"), TOLERANCE_METRICX)
        assert close([metricx.clamp(value) for value, _ in found], scores(cases), TOLERANCE_METRICX)

    @pytest.mark.parametrize(("name", "limit", "cases"), METRICX)
    def test_texts_and_token_ids_are_the_official_ones(self, metricx24, name, limit, cases):
        assert inputs(cases) == [case["input"] for case in cases]
        encoded = MetricX(metricx24, metricx24, limit=limit).encode(inputs(cases))
        assert [list(ids) for ids, _ in encoded] == [case["input_ids"] for case in cases]
        assert all(len(ids) == limit - 1 for ids, is_cut in encoded if is_cut)
        assert any(is_cut for _, is_cut in encoded) == (limit == 64)


class TestBertScore:
    def similar(self, found, wanted):
        for index, key in enumerate("PRF"):
            values = [float(value) for value in wanted[key]]
            assert all(
                abs(each[index] - value) <= TOLERANCE or (math.isnan(each[index]) and math.isnan(value))
                for each, value in zip(found, values, strict=True)
            )

    @pytest.mark.parametrize(
        ("run", "layer"), [("no idf", 3), ("idf", 3), ("num_layers=4", 4), ("num_layers=0", 0)], ids=str
    )
    def test_similarities_are_the_official_ones(self, checkpoints, run, layer):
        network = BertScore(checkpoints / "bertscore/model", layer)
        weight = network.idf([reference for _, reference in PAIRS]) if run == "idf" else None
        self.similar(network.similarities(PAIRS, weight), BERTSCORE["runs"][run])

    def test_token_ids_are_the_official_ones(self, checkpoints):
        network = BertScore(checkpoints / "bertscore/model", 3)
        for case in BERTSCORE["cases"]:
            for key in ("candidate", "reference"):
                assert list(network.ids(case[key])) == case[f"{key}_input_ids"]

    def test_weights_are_the_official_ones_and_those_of_unseen_tokens(self, checkpoints):
        weight = BertScore(checkpoints / "bertscore/model", 3).idf([reference for _, reference in PAIRS])
        wanted = BERTSCORE["idf_weights"]  # <s> and </s> are 0 there, because they do not count
        assert all(abs(weight(int(token)) - value) < TOLERANCE for token, value in wanted.items() if value)
        assert abs(weight(10**9) - BERTSCORE["idf_default"]) < TOLERANCE

    def test_of_several_references_each_of_the_three_is_the_best(self, checkpoints):
        network, several = BertScore(checkpoints / "bertscore/model", 3), BERTSCORE["multi_reference"]
        each = [
            network.similarities([(candidate, reference) for reference in references])
            for candidate, references in zip(several["candidates"], several["references"], strict=True)
        ]
        self.similar([best(similarities) for similarities in each], several)

    def test_empty_texts_score_0_and_one_reference_has_no_weights(self, checkpoints):
        network = BertScore(checkpoints / "bertscore/model", 3)
        empties, single = BERTSCORE["empties"], BERTSCORE["idf_single_pair"]
        pairs = list(zip(empties["candidates"], empties["references"], strict=True))
        self.similar(network.similarities(pairs), empties)
        weight = network.idf([single["reference"]])
        self.similar(network.similarities([(single["candidate"], single["reference"])], weight), single)


# --- batches ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [1, 300, 100_000], ids=["one by one", "a few", "all at once"])
class TestBatches:
    def test_comet(self, checkpoints, monkeypatch, budget):
        monkeypatch.setattr(encoding, "CPU_BATCH_TOKENS", budget)
        assert close(comet(checkpoints), scores(CASES, "score_batch_8"))

    def test_xcomet(self, checkpoints, monkeypatch, budget):
        monkeypatch.setattr(encoding, "CPU_BATCH_TOKENS", budget)
        cases, found = XCOMET["modes"]["reference"]["cases"], xcomet(checkpoints)
        assert close([each.score for each in found], scores(cases, "score_batch_8"))
        assert [len(each.spans) for each in found] == [len(case["error_spans"]) for case in cases]

    def test_metricx(self, metricx24, monkeypatch, budget):
        monkeypatch.setattr(metricx, "_CPU_BATCH_TOKENS", budget)
        cases = expected("metricx24")["runs"]["max_input_length=1536"]["cases"]
        found = MetricX(metricx24, metricx24).raw(inputs(cases))
        assert close([value for value, _ in found], scores(cases, "raw"), TOLERANCE_METRICX)

    def test_bertscore(self, checkpoints, monkeypatch, budget):
        monkeypatch.setattr(encoding, "CPU_BATCH_TOKENS", budget)
        found = BertScore(checkpoints / "bertscore/model", 3).similarities(PAIRS)
        assert close([each.f1 for each in found], BERTSCORE["runs"]["no idf"]["F"])


@pytest.mark.parametrize(
    ("lengths", "budget", "wanted"),
    [
        ([], 10, []),
        ([3, 5, 5, 1], 10, [[1, 2], [0, 3]]),
        ([20, 3], 10, [[0], [1]]),
        ([4, 4, 4], 8, [[0, 1], [2]]),
    ],
)
def test_batches_have_the_longest_first_and_padding_counts(lengths, budget, wanted):
    assert list(encoding.batches(lengths, budget)) == wanted


def test_a_batch_that_does_not_fit_the_memory_is_halved(checkpoints, monkeypatch):
    import torch

    whole, encode = comet(checkpoints), encoding.Encoder._encoded
    sizes = []

    def scarce(self, sequences):
        sizes.append(len(sequences))
        if len(sequences) > 5:
            raise torch.OutOfMemoryError("no room")
        return encode(self, sequences)

    monkeypatch.setattr(encoding.Encoder, "_encoded", scarce)
    assert close(comet(checkpoints), whole)
    assert max(sizes) > 5


# --- tests of the tests: wrong ports ----------------------------------------------------------------------------------


def softmax_for_sparsemax(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(layers, "sparsemax", lambda scalars: scalars.softmax(dim=0))


def sparsemax_for_softmax(patch: pytest.MonkeyPatch) -> None:
    make = layers.LayerMix.of
    patch.setattr(
        layers.LayerMix,
        "of",
        lambda scalars, gamma, **rest: make(scalars, gamma, **rest | {"transformation": "sparsemax"}),
    )


def average_without_the_ends(patch: pytest.MonkeyPatch) -> None:
    pool = layers.pool

    def wrong(states, ids, mask, padding, how):
        inner = mask.clone()
        inner[:, 0] = 0
        inner[range(len(mask)), mask.sum(dim=1) - 1] = 0
        return pool(states * inner.unsqueeze(-1), ids, inner, padding, how)

    patch.setattr(regression, "pool", wrong)


def source_and_reference_swapped(patch: pytest.MonkeyPatch) -> None:
    score = Regression.score
    patch.setattr(Regression, "score", lambda self, sources, mt, references: score(self, references, mt, sources))


def source_first(patch: pytest.MonkeyPatch) -> None:
    join = tokens.Tokenizer.join
    patch.setattr(tokens.Tokenizer, "join", lambda self, texts: join(self, [*texts[1:], texts[0]]))


def one_separator(patch: pytest.MonkeyPatch) -> None:
    def wrong(self, texts):
        first, *others = (each.ids for each in texts)
        return tokens.Joined((*first, *(token for each in others for token in each[1:]))[: self.longest], is_cut=False)

    patch.setattr(tokens.Tokenizer, "join", wrong)


def average_of_the_sequence(patch: pytest.MonkeyPatch) -> None:
    mix = layers.LayerMix.__call__

    def wrong(self, states, mask):
        mixed = mix(self, states, mask)
        mean = (mixed * mask.unsqueeze(-1)).sum(dim=1, keepdim=True) / mask.sum(dim=1)[:, None, None]
        return mean.expand_as(mixed)

    patch.setattr(layers.LayerMix, "__call__", wrong)


def open_span_kept(patch: pytest.MonkeyPatch) -> None:
    import torch

    find = spans.find

    def wrong(probabilities, offsets, labels):
        none = torch.eye(probabilities.shape[1])[:1]
        return find(torch.cat([probabilities, none]), [*offsets, (0, 0)], labels)

    patch.setattr(spans, "find", wrong)


def no_clip(patch: pytest.MonkeyPatch) -> None:
    def wrong(passes, of_spans):
        weights = spans._WITHOUT_REFERENCE if len(passes) == 1 else spans._SCORES
        return sum(weight * value for weight, value in zip(weights, (*passes, of_spans), strict=True))

    patch.setattr(spans, "score", wrong)


def worst_severity(patch: pytest.MonkeyPatch) -> None:
    find = spans.find

    def wrong(probabilities, offsets, labels):
        winners = probabilities.argmax(dim=-1).tolist()
        found = find(probabilities, offsets, labels)
        of_spans: list[int] = []
        run: list[int] = []
        for label in winners:
            if label:
                run.append(label)
            elif run:
                of_spans.append(max(run))
                run = []
        return tuple(
            ErrorSpan(s.start, s.end, labels[worst - 1], s.confidence) for s, worst in zip(found, of_spans, strict=True)
        )

    patch.setattr(spans, "find", wrong)


def sum_not_capped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(spans, "mqm", lambda found: (25 - sum(spans._POINTS[span.severity] for span in found)) / 25)


WRONG_COMET = [softmax_for_sparsemax, average_without_the_ends, source_and_reference_swapped]
WRONG_KIWI = [sparsemax_for_softmax, source_first, one_separator, average_of_the_sequence]
WRONG_XCOMET = [open_span_kept, no_clip, worst_severity, sum_not_capped, sparsemax_for_softmax]


def off(given: Sequence[float], wanted: Sequence[float]) -> int:
    return sum(not abs(a - b) <= 1e-3 for a, b in zip(given, wanted, strict=True))


class TestWrongPortsAreNoticed:
    """The number of cases of 24 that are off is the one that the golden files' makers found."""

    @pytest.mark.parametrize(
        ("wrong", "count"),
        [*zip(WRONG_COMET, (24, 24, 23), strict=True)],
        ids=lambda each: getattr(each, "__name__", ""),
    )
    def test_of_comet(self, checkpoints, monkeypatch, wrong: Callable[[pytest.MonkeyPatch], None], count):
        wrong(monkeypatch)
        assert off(comet(checkpoints), scores(CASES)) == count

    @pytest.mark.parametrize(
        ("wrong", "count"), [*zip(WRONG_KIWI, (24, 24, 24, 24), strict=True)],
        ids=lambda each: getattr(each, "__name__", ""),
    )  # fmt: skip
    def test_of_cometkiwi(self, checkpoints, monkeypatch, wrong, count):
        wrong(monkeypatch)
        assert off(kiwi(checkpoints), scores(KIWI["cases"])) == count

    @pytest.mark.parametrize(
        ("wrong", "count"), [*zip(WRONG_XCOMET, (7, 7, 8, 7, 24), strict=True)],
        ids=lambda each: getattr(each, "__name__", ""),
    )  # fmt: skip
    def test_of_xcomet(self, checkpoints, monkeypatch, wrong, count):
        wrong(monkeypatch)
        found = [each.score for each in xcomet(checkpoints)]
        assert off(found, scores(XCOMET["modes"]["reference"]["cases"])) == count

    @pytest.mark.parametrize(
        ("wrong", "count"),
        [("last token kept", 19), ("row before", 24), ("row after", 20), ("scaled", 20), ("no clamp", 5)],
    )
    def test_of_metricx(self, metricx24, monkeypatch, wrong, count):
        cases = expected("metricx24")["runs"]["max_input_length=1536"]["cases"]
        if wrong.startswith("row"):
            monkeypatch.setattr(metricx, "ROW", metricx.ROW + (1 if wrong == "row after" else -1))
        network = MetricX(metricx24, metricx24)
        if wrong == "last token kept":
            backend = network._tokenizer
            monkeypatch.setattr(
                network, "encode", lambda texts: [(tuple(each.ids), False) for each in backend.encode_batch(texts)]
            )
        if wrong == "scaled":
            monkeypatch.setattr(network, "_row", network._row * 8**-0.5)
        values = [value for value, _ in network.raw(inputs(cases))]
        found = values if wrong == "no clamp" else [metricx.clamp(value) for value in values]
        assert off(found, scores(cases)) == count

    def test_a_port_that_reads_the_settings_of_the_pickle(self, checkpoints):
        import torch

        for name, run, cases in (
            ("cometkiwi", kiwi, KIWI["cases"]),
            ("xcomet", lambda *a, **k: [e.score for e in xcomet(*a, **k)], XCOMET["modes"]["reference"]["cases"]),
        ):
            content = torch.load(checkpoints / name / "checkpoints/model.ckpt", weights_only=True)
            setting = content["hyper_parameters"]["layer_transformation"]
            assert off(run(checkpoints, layer_transformation=setting), scores(cases)) == 24
