"""IndicTrans2 with its real vocabularies, which are in the shared data and never part of this project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import models
from harness.core.records import ENGLISH, HINDI, Source
from harness.models.indictrans2.processor import TextRules, preprocess
from harness.models.indictrans2.tokenizer import IndicTransTokenizer
from tests.benchmarks import indictrans2
from tests.benchmarks.indictrans2 import KINDS, RoundTrip, kinds, survival
from tests.paths import DATA
from tests.paths import wmt14 as folder_of_wmt14

GOLDEN = DATA / "indictrans2" / "dist200m-like"
TINY = {
    "encoder_layers": 1, "decoder_layers": 1, "encoder_embed_dim": 16, "decoder_embed_dim": 16, "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "layernorm_embedding": True,
    "share_decoder_input_output_embed": True,
}  # fmt: skip

# Of the 2,507 English references of newstest2014: unchanged lines, and the number of lines with each kind of change.
SURVIVAL: dict[TextRules, tuple[int, dict[str, int]]] = {
    "corrected": (2469, {
        "a full stop or comma moves before a closing quote": 8, "spaces beside a double quote": 8,
        "spaces around a slash": 6, "spaces beside a single quote": 5, "a space before a dollar sign": 4,
        "a missing space after a comma is added": 3, "a space before an ellipsis": 2,
        "a space between a number or address and letters": 2, "spaces around a bracket": 1,
        "a space in a time, after the colon": 1,
    }),
    "authors": (2440, {
        "a full stop or comma moves before a closing quote": 8, "spaces beside a double quote": 8,
        "spaces around a slash": 6, "spaces beside a single quote": 34, "a space before a dollar sign": 4,
        "a missing space after a comma is added": 3, "a space before an ellipsis": 2,
        "a space between a number or address and letters": 2, "spaces around a bracket": 1,
        "a space in a time, after the colon": 1, "spaces around other colons and semicolons": 1,
    }),
}  # fmt: skip


@pytest.fixture
def vocabulary(shared: Path) -> Path:
    folder = shared / "data" / "indictrans2-vocabulary"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return folder


def test_the_vocabularies_have_the_sizes_of_the_published_checkpoints(vocabulary: Path) -> None:
    tokenizer = IndicTransTokenizer(vocabulary)
    assert (tokenizer.source_size, tokenizer.target_size) == (122_706, 32_296)


@pytest.mark.slow
def test_no_hindi_sentence_has_an_unknown_token_or_is_too_long(vocabulary: Path) -> None:
    folder = folder_of_wmt14()
    if folder is None:
        pytest.skip("needs newstest2014 hi-en in the shared data")
    tokenizer = IndicTransTokenizer(vocabulary)
    for line in (folder / "source.hi").read_text(encoding="utf-8").split("\n"):
        tokens = tokenizer.encode(preprocess(line, HINDI, ENGLISH).body)
        assert tokenizer.unknown not in tokens
        assert len(tokens) + 3 <= 256


@pytest.mark.slow
@pytest.mark.parametrize("rules", SURVIVAL)
def test_english_survives_but_for_these_kinds_of_change(
    vocabulary: Path, wmt14: Callable[[str], list[str]], rules: TextRules
) -> None:
    lines = [" ".join(line.split()) for line in wmt14("reference")]
    unchanged, counts, _ = survival(RoundTrip(vocabulary, rules), lines)
    assert len(lines) == 2507
    assert (unchanged, dict(counts)) == SURVIVAL[rules]


# As in FLORES, whose sentences are not here.
EXAMPLES = {
    "a full stop or comma moves before a closing quote": ('He said "yes".', 'He said "yes."'),
    "curly quotes become straight": ("He said “yes” to ‘it’.", "He said \"yes\" to 'it '."),
    "dashes become hyphens": ("The man – a doctor – left.", "The man - a doctor - left."),
    "spaces around a slash": ("It has 600Mbit/s and more.", "It has 600Mbit / s and more."),
    "a space in a time, after the colon": ("Open 9:00-11:00 pm daily.", "Open 9:00-11: 00 pm daily."),
    "spaces around a bracket": ("It ended [w]hile others ran.", "It ended [w] hile others ran."),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_becomes_of_the_kinds_that_flores_has(vocabulary: Path, kind: str) -> None:
    before, after = EXAMPLES[kind]
    assert RoundTrip(vocabulary)(before) == after
    assert kind in kinds(before, after)


class TestKinds:
    @pytest.mark.parametrize("name", KINDS)
    def test_each_has_a_function_that_changes_plain_words_in_nothing(self, name: str) -> None:
        assert KINDS[name]("Plain words, and nothing else.") == "Plain words, and nothing else."

    def test_two_kinds_in_one_line_are_both_counted(self) -> None:
        assert kinds("at 7:52 s/o Ram", "at 7: 52 s / o Ram") == [
            "spaces around a slash",
            "a space in a time, after the colon",
        ]

    def test_other_words_are_another_kind(self) -> None:
        assert kinds("one two", "one three") == ["another"]


def test_a_checkpoint_can_be_made_of_a_folder_of_vocabularies(tmp_path: Path) -> None:
    folder = indictrans2.make(GOLDEN, tmp_path / "made", TINY)
    given = {"name": "x", "family": "indictrans2", "checkpoint": folder, "device": "cpu"}
    options = models.get("indictrans2").options.model_validate({**given, "decoding": {"max_length": 4}})
    assert options.faults(["translate"]) == []
    (made,) = (
        models
        .get("indictrans2")
        .load(options)
        .generate([Source("a", "a", "translate", "वार्ता हुई।", ("वार्ता हुई।",), HINDI, ENGLISH)])
    )
    assert made.output_tokens


@pytest.mark.slow
def test_the_size_of_the_200m_checkpoint_is_the_published_one(vocabulary: Path) -> None:
    import torch

    from harness.models.indictrans2.network import IndicTransConfig, IndicTransForConditionalGeneration

    with torch.device("meta"):
        model = IndicTransForConditionalGeneration(
            IndicTransConfig(encoder_vocab_size=122_706, decoder_vocab_size=32_296, **indictrans2.DIST_200M)
        )
    model.tie_weights()
    assert round(sum(parameter.numel() for parameter in model.parameters()) / 1e6) == 212
