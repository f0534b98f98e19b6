"""Metrics with a checkpoint: what they say of segments, their identity, and what a missing checkpoint means.

That the networks give the official scores is tested in test_neural_networks.py.
"""

from __future__ import annotations

import shutil
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from harness import metrics
from harness.core import registry
from harness.core.errors import InputError, ModelError, ScoringError
from harness.core.records import ENGLISH, HINDI
from harness.metrics import Examples, Metric, _network
from harness.scoring import compute
from tests.fake_hub import Hub
from tests.metrics.neural import expected

NAMES = [name for name in registry.names("metrics") if metrics.get(name, HINDI).needs_network]
CASES = expected("comet-da")["cases"]
SOURCES, HYPOTHESES, REFERENCES = ([case[key] for case in CASES] for key in ("src", "mt", "ref"))
WEIGHTS = "checkpoints/model.ckpt"


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find a network, or what it said, that another one has left."""
    monkeypatch.setattr(_network, "_memory", _network._Memory())
    monkeypatch.setattr(compute, "_rows_in_memory", {})


@pytest.fixture
def options(checkpoints: Path, metricx24: Path):
    """Return the options of a metric for its tiny checkpoint."""

    def of(name: str, **more: object) -> dict[str, object]:
        plain = name.removesuffix("-qe")
        encoder = checkpoints / "encoders/tiny-xlmr"
        return {
            "comet": {"checkpoint": str(checkpoints / "comet-da"), "encoder": str(encoder), "pickle": WEIGHTS},
            "cometkiwi": {"checkpoint": str(checkpoints / "cometkiwi"), "encoder": str(encoder), "pickle": WEIGHTS},
            "xcomet": {"checkpoint": str(checkpoints / "xcomet"), "encoder": f"{encoder}-xl", "pickle": WEIGHTS},
            "metricx": {"checkpoint": str(metricx24), "encoder": str(metricx24)},
            "bertscore": {"checkpoint": str(checkpoints / "bertscore/model"), "layer": 3},
        }[plain] | more

    return of


@pytest.fixture
def tiny(options):
    """Return a metric with its tiny checkpoint."""

    def get(name: str, **more: object) -> Metric:
        ((plain, chosen),) = metrics.choose([{name: options(name, **more)}]).items()
        return metrics.get(plain, ENGLISH, chosen)

    return get


def examples(metric: Metric, hypotheses=HYPOTHESES, references=(REFERENCES,), sources=SOURCES) -> Examples:
    return Examples(hypotheses, references, sources if "sources" in metric.needs else ())


def official(name: str) -> list[float]:
    """Return the official scores of the cases."""
    if name.startswith("metricx"):
        return [
            c["score"] for c in expected(name.replace("metricx", "metricx24"))["runs"]["max_input_length=1536"]["cases"]
        ]
    if name.startswith("xcomet"):
        mode = "no_reference" if name.endswith("-qe") else "reference"
        return [case["score"] for case in expected("xcomet")["modes"][mode]["cases"]]
    if name == "bertscore":
        return expected("bertscore")["runs"]["no idf"]["F"]
    return [case["score"] for case in expected("comet-da" if name == "comet" else name)["cases"]]


def test_there_are_these():
    assert NAMES == ["bertscore", "comet", "cometkiwi", "metricx", "metricx-qe", "xcomet", "xcomet-qe"]


@pytest.mark.parametrize("name", NAMES)
class TestEvery:
    def test_statistics_are_the_official_score_and_1(self, tiny, name):
        metric = tiny(name)
        rows = metric.statistics(examples(metric))
        np.testing.assert_allclose(rows[:, 0], official(name), rtol=0, atol=1e-4)
        assert (rows[:, 1] == 1).all() and rows.shape == (24, 2)
        assert float(metric.score(rows.sum(axis=0))) == pytest.approx(np.mean(official(name)), abs=1e-4)
        np.testing.assert_allclose(metric.segment_scores(rows), official(name), rtol=0, atol=1e-4)

    def test_an_empty_output_is_scored_and_one_that_is_none_is_refused(self, tiny, name):
        metric = tiny(name)
        assert np.isfinite(metric.statistics(examples(metric, ["", " "], [REFERENCES[:2]], SOURCES[:2]))).all()
        with pytest.raises(ScoringError, match="expected texts, found None"):
            metric.statistics(examples(metric, ["", None], [REFERENCES[:2]], SOURCES[:2]))

    def test_scores_stay_within_the_scale(self, tiny, name):
        metric = tiny(name)
        values = metric.statistics(examples(metric))[:, 0]
        assert metric.scale[0] <= values.min() and values.max() <= metric.scale[1]

    def test_no_text_is_normalised(self, tiny, name):
        assert not tiny(name).normalises
        assert "norm:" not in tiny(name).signature(1)

    def test_a_citation_has_a_link(self, name):
        assert "https://" in metrics.get(name, HINDI).citation

    def test_with_a_stored_signature_it_needs_no_checkpoint(self, name):
        metric = metrics.get(name, ENGLISH, stored=f"nrefs:2|{name}|checkpoint:somewhere@abc|version:1")
        several = "" if not metric.reads_references else "nrefs:1|"
        assert metric.signature(1) == f"{several}{name}|checkpoint:somewhere@abc|version:1"
        assert float(metric.score(np.array([3.0, 4.0]))) == 0.75

    def test_a_stored_signature_of_an_earlier_version_is_not_the_current_one(self, name, monkeypatch):
        metric = metrics.get(name, ENGLISH)
        stored = f"{name}|checkpoint:somewhere@abc|version:1"
        assert metric.current(stored) == stored
        monkeypatch.setattr(type(metric), "recipe", 2)
        assert metric.current(stored) == f"{name}|checkpoint:somewhere@abc|version:2"

    def test_its_options_are_described_in_the_class(self, name):
        of = metrics.get(name, HINDI)
        assert {field.name for field in fields(type(of).Options)} >= {"checkpoint", "revision", "dtype", "references"}


WORSE = [text[: len(text) // 2] for text in REFERENCES]


class TestReferences:
    @pytest.mark.parametrize(
        ("name", "choose"), [("comet", np.maximum), ("metricx", np.minimum), ("xcomet", np.maximum)]
    )
    def test_of_several_the_best_counts(self, tiny, name, choose):
        metric = tiny(name)
        one, other = (metric.statistics(examples(metric, references=[refs]))[:, 0] for refs in (REFERENCES, WORSE))
        both = metric.statistics(examples(metric, references=[REFERENCES, WORSE]))[:, 0]
        np.testing.assert_allclose(both, choose(one, other), rtol=0, atol=1e-5)
        assert not np.allclose(both, one)

    def test_or_their_mean(self, tiny):
        metric = tiny("comet", references="mean")
        one, other = (metric.statistics(examples(metric, references=[refs]))[:, 0] for refs in (REFERENCES, WORSE))
        both = metric.statistics(examples(metric, references=[REFERENCES, WORSE]))[:, 0]
        np.testing.assert_allclose(both, (one + other) / 2, rtol=0, atol=1e-5)
        assert "refs:mean" in metric.signature(2) and "nrefs:2" in metric.signature(2)

    def test_a_segment_is_scored_with_the_references_that_it_has(self, tiny):
        metric = tiny("comet")
        gaps = [None if index % 2 else text for index, text in enumerate(WORSE)]
        found = metric.statistics(examples(metric, references=[REFERENCES, gaps]))[:, 0]
        alone = metric.statistics(examples(metric))[:, 0]
        np.testing.assert_allclose(found[1::2], alone[1::2], rtol=0, atol=1e-5)

    @pytest.mark.parametrize("name", ["cometkiwi", "xcomet-qe", "metricx-qe"])
    def test_without_references_they_change_nothing(self, tiny, name):
        metric = tiny(name)
        assert not metric.reads_references and metric.signature(1) == metric.signature(3)
        np.testing.assert_array_equal(
            metric.statistics(examples(metric)), metric.statistics(examples(metric, references=[WORSE]))
        )


class TestBertScore:
    def test_idf_weights_come_from_all_references_also_if_some_segments_are_kept(self, tiny):
        metric = tiny("bertscore", idf=True)
        wanted = expected("bertscore")["runs"]["idf"]["F"]
        found = compute.statistics(metric, examples(metric))
        np.testing.assert_allclose(found[:, 0], wanted, rtol=0, atol=1e-5)
        fewer = Examples(HYPOTHESES[:12], [REFERENCES[:12]])
        assert not np.allclose(compute.statistics(metric, fewer)[:, 0], found[:12, 0])

    def test_it_says_that_it_has_no_baseline(self, tiny):
        assert "|layer:3|idf:false|baseline:none|" in tiny("bertscore").signature(1)

    def test_published_encoders_depend_on_the_language(self):
        english, hindi = (metrics.get("bertscore", language) for language in (ENGLISH, HINDI))
        assert (english.checkpoint, english._layer) == ("FacebookAI/roberta-large", 17)
        assert (hindi.checkpoint, hindi._layer) == ("google-bert/bert-base-multilingual-cased", 9)

    def test_another_encoder_needs_a_layer_that_it_has(self, tiny, options):
        with pytest.raises(InputError, match="layer: say which layer of"):
            tiny("bertscore", layer=None)
        with pytest.raises(ModelError, match="layer: expected 0 to 4, found 5"):
            metric = tiny("bertscore", layer=5)
            metric.statistics(examples(metric))


class TestIdentity:
    def test_a_folder_is_known_by_its_content_wherever_it_is(self, tiny, options, tmp_path):
        there = tmp_path / "elsewhere"
        shutil.copytree(str(options("comet")["checkpoint"]), there)
        assert tiny("comet").signature(1) == tiny("comet", checkpoint=str(there)).signature(1)
        with (there / "hparams.yaml").open("a", encoding="utf-8") as file:
            file.write("note: changed\n")
        assert tiny("comet").signature(1) != tiny("comet", checkpoint=str(there)).signature(1)

    def test_type_and_rule_are_in_the_signature_and_where_it_runs_is_not(self, tiny):
        plain = tiny("comet").signature(1)
        assert "|dtype:float32|refs:best|version:1" in plain and plain.startswith("nrefs:1|comet|checkpoint:folder@")
        assert tiny("comet", dtype="bfloat16").signature(1) == plain.replace("float32", "bfloat16")
        assert tiny("comet", device="cpu", batch_tokens=100).signature(1) == plain

    def test_a_repository_is_known_by_its_commit(self, hub: Hub, checkpoints, tmp_path):
        commit = hub.push("Unbabel/wmt22-comet-da", checkpoints / "comet-da")
        encoder = {"encoder": str(checkpoints / "encoders/tiny-xlmr")}
        ((name, chosen),) = metrics.choose([{"comet": encoder}]).items()
        metric = metrics.get(name, ENGLISH, chosen)
        assert f"checkpoint:Unbabel/wmt22-comet-da@{commit[:12]}" in metric.signature(1)
        # The published checkpoint's pickle is fetched and loaded without being named.
        np.testing.assert_allclose(metric.statistics(examples(metric))[:, 0], official("comet"), rtol=0, atol=1e-5)


class TestRefusals:
    def test_a_pickle_is_loaded_only_if_it_is_named(self, tiny):
        with pytest.raises(
            ModelError, match=r"its weights are a pickle .checkpoints/model.ckpt., and a pickle can hide"
        ):
            tiny("comet", pickle=None).signature(1)
        with pytest.raises(ModelError, match=r"it has no model.ckpt; its weights are a pickle"):
            tiny("comet", pickle="model.ckpt").signature(1)

    def test_an_encoder_that_cannot_be_found_is_said_to_be_one(self, tiny, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        with pytest.raises(ModelError, match=r"it is the encoder of .*comet-da; the option encoder can name another"):
            tiny("comet", encoder="nobody/nothing").signature(1)

    def test_a_pickle_with_more_than_tensors_is_refused_and_not_run(self, tiny, options, tmp_path):
        import torch

        folder = shutil.copytree(str(options("comet")["checkpoint"]), tmp_path / "bad")
        mark = tmp_path / "ran"

        class Program:
            def __reduce__(self):
                return Path.touch, (mark,)

        torch.save({"state_dict": {}, "more": Program()}, folder / WEIGHTS)
        metric = tiny("comet", checkpoint=str(folder))
        with pytest.raises(
            ModelError, match="contains more than tensors, which can be a program; nothing of it was run"
        ):
            metric.statistics(examples(metric))
        assert not mark.exists()

    @pytest.mark.parametrize("change", ["missing", "left over", "shape"])
    def test_every_tensor_is_accounted_for(self, tiny, options, tmp_path, change):
        import torch

        folder = shutil.copytree(str(options("comet")["checkpoint"]), tmp_path / "bad")
        content = torch.load(folder / WEIGHTS, weights_only=True)
        name = "estimator.ff.3.weight"
        if change == "missing":
            del content["state_dict"][name]
        elif change == "left over":
            content["state_dict"]["estimator.ff.9.weight"] = torch.zeros(1, 1)
        else:
            content["state_dict"][name] = torch.zeros(2, 2)
        torch.save(content, folder / WEIGHTS)
        metric = tiny("comet", checkpoint=str(folder))
        with pytest.raises(ModelError, match=r"tensor estimator\.ff\.\d\.weight.*is hparams.yaml this checkpoint's"):
            metric.statistics(examples(metric))

    def test_a_checkpoint_of_another_metric_is_refused(self, tiny, options):
        with pytest.raises(ModelError, match=r"cometkiwi reads checkpoints of unified_metric .*has regression_metric"):
            tiny("cometkiwi", checkpoint=options("comet")["checkpoint"]).signature(1)

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ({"checkpoint": "./nowhere"}, "expected a checkpoint's folder, found none"),
            ({"revision": "main"}, "revision: a folder has none"),
            ({"encoder": "./nowhere"}, "expected a checkpoint's folder, found none"),
        ],
    )
    def test_what_is_missing_is_one_line(self, tiny, more, message):
        with pytest.raises(ModelError, match=message) as error:
            tiny("comet", **more).signature(1)
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize(
        ("item", "message"),
        [
            (
                {"comet": {"chekpoint": "x"}},
                "metric comet: unknown option of comet 'chekpoint'; did you mean 'checkpoint'",
            ),
            ({"comet": {"device": "gpu"}}, "device: expected auto, cpu, cuda"),
            ({"comet": {"dtype": "int8"}}, "dtype: expected"),
            ({"comet": {"batch_tokens": 0}}, "batch_tokens: expected 1 or more, found 0"),
            ({"metricx": {"dtype": "float16"}}, "dtype: float16 is refused: mT5 overflows in it"),
            ({"comet": {"checkpoint": "a b"}}, "checkpoint: expected a folder, or a name on the hub"),
            ({"comet": {}, "bleu": {}}, "expected one name with its options, found comet, bleu"),
            ("comet:dtype", "metric comet:dtype: expected key=value, found 'dtype'"),
        ],
    )
    def test_a_wrong_option_is_one_line(self, item, message):
        with pytest.raises(InputError) as error:
            ((name, chosen),) = metrics.choose([item]).items()
            metrics.get(name, ENGLISH, chosen)
        assert message in str(error.value) and "\n" not in str(error.value)


class TestNames:
    def test_a_mapping_is_the_text_with_the_same_options(self):
        assert metrics.choose([{"bleu": {"tokenize": "intl", "lowercase": True}}]) == metrics.choose([
            "bleu:tokenize=intl,lowercase=true"
        ])

    @pytest.mark.parametrize(
        ("items", "names"),
        [
            (["comet"], ["comet"]),
            ([{"comet": {"checkpoint": "./my-comet"}}], ["comet"]),
            (["comet", {"comet": {"checkpoint": "./my-comet"}}], ["comet", "comet[my-comet]"]),
            (
                [{"comet": {"checkpoint": "./a"}}, "bleu", {"comet": {"checkpoint": "./b", "dtype": "bfloat16"}}],
                ["comet[a]", "bleu", "comet[b,dtype=bfloat16]"],
            ),
            (["comet", "comet", {"comet": {}}], ["comet"]),
            ([{"comet": {"dtype": "auto"}}, "comet"], ["comet"]),
        ],
    )
    def test_a_metric_with_a_checkpoint_has_a_short_name(self, items, names):
        chosen = metrics.choose(items)
        assert list(chosen) == names
        assert [metrics.get(name, ENGLISH, options).name for name, options in chosen.items()] == names

    def test_two_that_would_have_one_name_are_refused(self):
        with pytest.raises(
            InputError, match=r"two metrics would have the name comet\[x\]; their folders need different"
        ):
            metrics.choose(["comet", {"comet": {"checkpoint": "./a/x"}}, {"comet": {"checkpoint": "./b/x"}}])

    def test_paths_are_relative_to_the_config_and_written_relative_to_another_folder(self, tmp_path):
        (chosen,) = metrics.choose([{"comet": {"checkpoint": "./my-comet"}}], tmp_path / "configs").values()
        assert chosen is not None and chosen.checkpoint == tmp_path / "configs/my-comet"
        written = metrics.written("comet", chosen, tmp_path / "results/run")
        assert written == {"comet": {"checkpoint": "../../configs/my-comet"}}
        assert metrics.choose([written], tmp_path / "results/run") == {"comet": chosen}
        assert metrics.written("comet", chosen, tmp_path / "configs") == {"comet": {"checkpoint": "./my-comet"}}


class TestExplain:
    @pytest.mark.parametrize(("name", "mode"), [("xcomet", "reference"), ("xcomet-qe", "no_reference")])
    def test_spans_are_those_of_the_official_code_and_are_kept(self, tiny, monkeypatch, name, mode):
        metric = tiny(name)
        cases = expected("xcomet")["modes"][mode]["cases"]
        wanted = [[(s["start"], s["end"], s["severity"]) for s in case["error_spans"]] for case in cases]
        compute.statistics(metric, examples(metric))
        monkeypatch.setattr(compute, "_rows_in_memory", {})
        monkeypatch.setattr(type(metric), "read", None)  # nothing is read again
        found = compute.explain(metric, examples(metric))
        assert [[(s.start, s.end, s.severity) for s in of_segment] for of_segment in found] == wanted
        assert found[0][0].confidence == pytest.approx(cases[0]["error_spans"][0]["confidence"], abs=1e-5)

    def test_a_metric_that_marks_nothing_explains_nothing(self, tiny):
        metric = tiny("comet")
        assert compute.explain(metric, examples(metric)) == [()] * 24


class TestKept:
    """What a network said is kept by content, checkpoint and type, in chunks."""

    @pytest.fixture
    def read(self, monkeypatch):
        """The hypotheses that networks of COMET read, chunk by chunk."""
        seen: list[list[str]] = []
        comet = type(metrics.get("comet", ENGLISH))
        original = comet.read

        def counted(self, given, indices):
            seen.append([given.hypotheses[index] for index in indices])
            return original(self, given, indices)

        monkeypatch.setattr(comet, "read", counted)
        return seen

    def forget(self, monkeypatch):
        monkeypatch.setattr(compute, "_rows_in_memory", {})

    def test_a_second_comparison_reads_nothing(self, tiny, read, monkeypatch):
        first = compute.statistics(tiny("comet"), examples(tiny("comet")))
        self.forget(monkeypatch)
        monkeypatch.setattr(_network.NetworkMetric, "_network", None)
        np.testing.assert_array_equal(compute.statistics(tiny("comet"), examples(tiny("comet"))), first)
        assert len(read) == 1 and sorted(read[0]) == sorted(HYPOTHESES)

    def test_another_type_is_read_anew(self, tiny, read):
        compute.statistics(tiny("comet"), examples(tiny("comet")))
        found = compute.statistics(tiny("comet", dtype="bfloat16"), examples(tiny("comet")))
        assert len(read) == 2
        assert np.abs(found[:, 0] - official("comet")).max() < 0.05

    def test_after_a_kill_it_goes_on_from_the_last_chunk(self, tiny, read, monkeypatch):
        monkeypatch.setattr(compute, "_NETWORK_CHUNK", 5)
        with pytest.raises(KeyboardInterrupt):
            self._interrupted(tiny)
        self.forget(monkeypatch)
        done = sum(map(len, read))
        read.clear()
        found = compute.statistics(tiny("comet"), examples(tiny("comet")))
        assert done == 10 and sum(map(len, read)) == 14
        np.testing.assert_allclose(found[:, 0], official("comet"), rtol=0, atol=1e-5)

    def _interrupted(self, tiny):
        def stop(count: int, total: int) -> None:
            if count >= 10:
                raise KeyboardInterrupt

        compute.read(tiny("comet"), examples(tiny("comet")), stop)

    def test_a_segment_longer_than_the_network_reads_is_known_then_and_later(self, tiny, monkeypatch):
        metric = tiny("comet")
        long = {case["id"] for case, is_cut in zip(CASES, compute.cut(metric, examples(metric)), strict=True) if is_cut}
        assert {"long-mt"} <= long < {case["id"] for case in CASES}
        self.forget(monkeypatch)
        again = compute.cut(tiny("comet"), examples(metric))
        assert {case["id"] for case, is_cut in zip(CASES, again, strict=True) if is_cut} == long

    def test_a_source_is_read_once_for_all_systems(self, tiny, monkeypatch):
        from harness.metrics._neural import encoding

        sequences: list[int] = []
        each = encoding.Encoder.each

        def counted(self, ids, reduce, done=lambda count: None):
            sequences.append(len(ids))
            return each(self, ids, reduce, done)

        monkeypatch.setattr(encoding.Encoder, "each", counted)
        metric = tiny("comet")
        other = [f"{text} again" for text in HYPOTHESES]
        both = Examples([*HYPOTHESES, *other], [[*REFERENCES, *REFERENCES]], [*SOURCES, *SOURCES])
        compute.statistics(metric, both)
        assert sum(sequences) == len({*HYPOTHESES, *other, *REFERENCES, *SOURCES})


def test_texts_are_scored_from_python_with_options(options):
    import harness

    found = harness.score(
        {"a": HYPOTHESES}, REFERENCES, sources=SOURCES, metrics=["chrf++", {"comet": options("comet")}], resamples=100
    )
    scores = {row["metric"]: row["value"] for row in found.scores()}
    assert scores["comet"] == pytest.approx(np.mean(official("comet")), abs=1e-5)


def test_the_sizes_of_published_checkpoints_are_those_of_their_architectures() -> None:
    """XLM-RoBERTa has 12 d^2 + 13 d weights a layer for a width of d; COMET's heads come on top."""

    def encoder(width: int, layers: int, words: int, positions: int) -> int:
        return (words + positions + 3) * width + layers * (12 * width * width + 13 * width)

    def head(*sizes: int) -> int:
        return sum(before * after + after for before, after in pairwise(sizes))

    large, xl = encoder(1024, 24, 250_002, 514), encoder(2560, 36, 250_880, 514)
    expected = {
        "comet": large + head(6 * 1024, 3072, 1024, 1),
        "cometkiwi": large + head(1024, 3072, 1024, 1),
        "xcomet": xl + head(2560, 2560, 1280, 1),
        "bertscore": encoder(1024, 24, 50_265, 514),
    }
    for name, parameters in expected.items():
        metric = metrics.get(name, ENGLISH)
        assert isinstance(metric, _network.NetworkMetric)
        assert metric.SIZES[str(metric.checkpoint)] == pytest.approx(4 * parameters, rel=0.01)
