"""IndicTrans2's tokens: equal to those of the authors' tokenizer on the golden files; errors for damaged copies."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import ModelError
from harness.models.indictrans2.tokenizer import FILES, IndicTransTokenizer
from tests.paths import DATA
from tests.texts import TEXT, bounded

GOLDEN = DATA / "indictrans2"
FOLDERS = ("1b-like", "dist200m-like")
HINDI, ENGLISH = "hin_Deva", "eng_Latn"
CODES = (362, 361)  # of Hindi and English in both folders
BOS, PADDING, END, UNKNOWN = range(4)


@pytest.fixture(scope="module", params=FOLDERS)
def folder(request: pytest.FixtureRequest) -> Path:
    return GOLDEN / str(request.param)


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> IndicTransTokenizer:
    return IndicTransTokenizer(folder)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(GOLDEN / FOLDERS[0] / name, tmp_path)
    return tmp_path


Change = Callable[[str, dict[str, Any]], IndicTransTokenizer]


@pytest.fixture
def with_changed(copy: Path) -> Change:
    """Read the tokenizer again with entries of one of its vocabularies added or replaced."""

    def change(name: str, entries: dict[str, Any]) -> IndicTransTokenizer:
        stored = json.loads((copy / name).read_text(encoding="utf-8"))
        (copy / name).write_text(json.dumps(stored | entries), encoding="utf-8")
        return IndicTransTokenizer(copy)

    return change


def examples(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["examples"]
    return found


def line(error: pytest.ExceptionInfo[ModelError]) -> str:
    """Return the message of an error, which is one line."""
    assert "\n" not in str(error.value)
    return str(error.value)


class TestLikeTheAuthors:
    def test_tokens_of_every_sentence(self, folder: Path, tokenizer: IndicTransTokenizer) -> None:
        for example in examples(folder):
            source, target, body = example["preprocessed"].split(" ", maxsplit=2)
            padding = example["attention_mask"].count(0)
            assert example["input_ids"][:padding] == [PADDING] * padding
            assert list(tokenizer.wrap(source, target, tokenizer.encode(body))) == example["input_ids"][padding:]

    @pytest.mark.parametrize("authors", [False, True])
    def test_outputs(self, folder: Path, tokenizer: IndicTransTokenizer, authors: bool) -> None:
        for example in examples(folder):
            assert tokenizer.decode(example["beam5_ids"], authors=authors) == example["beam5_decoded"]

    def test_sizes_are_those_of_the_checkpoint(self, folder: Path, tokenizer: IndicTransTokenizer) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        assert tokenizer.source_size == config["encoder_vocab_size"]
        assert tokenizer.target_size == config["decoder_vocab_size"]

    def test_special_tokens(self, tokenizer: IndicTransTokenizer) -> None:
        assert (tokenizer.end, tokenizer.unknown) == (END, UNKNOWN)
        assert tokenizer.codes(HINDI, ENGLISH) == CODES


class TestWrap:
    def test_a_text_without_tokens_is_its_codes_and_the_end(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.encode("") == []
        assert tokenizer.wrap(HINDI, ENGLISH, []) == (*CODES, END)

    def test_the_codes_are_checked(self, tokenizer: IndicTransTokenizer) -> None:
        with pytest.raises(ModelError, match="does not know 'ben_Beng'"):
            tokenizer.wrap("ben_Beng", ENGLISH, [])


class TestCodes:
    def test_a_language_that_indictrans2_does_not_know(self, tokenizer: IndicTransTokenizer) -> None:
        for source, target in (("hin_Dev", ENGLISH), (ENGLISH, "hin_Dev")):
            with pytest.raises(ModelError) as error:
                tokenizer.codes(source, target)
            assert "unknown IndicTrans2 language 'hin_Dev'; did you mean 'hin_Deva'?" in line(error)

    def test_a_language_that_this_checkpoint_does_not_know(self, tokenizer: IndicTransTokenizer) -> None:
        for source, target in (("ben_Beng", ENGLISH), (HINDI, "ben_Beng")):
            with pytest.raises(ModelError) as error:
                tokenizer.codes(source, target)
            assert "this checkpoint does not know 'ben_Beng'" in line(error)
            assert "another direction" in line(error)

    def test_another_special_token_is_not_a_language(self, tokenizer: IndicTransTokenizer) -> None:
        for token in ("</s>", "<unk>", "▁"):
            with pytest.raises(ModelError, match="unknown IndicTrans2 language"):
                tokenizer.codes(token, ENGLISH)


class TestEncode:
    @pytest.mark.parametrize("token", ["</s>", "<s>", "<pad>", "<unk>", "<unk> </s>"])
    def test_a_special_token_in_a_text_is_text(self, tokenizer: IndicTransTokenizer, token: str) -> None:
        tokens = tokenizer.encode(token)
        assert len(tokens) >= 4  # its characters, or parts of it
        assert not {BOS, PADDING, END} & set(tokens)

    def test_a_code_in_a_text_is_text(self, tokenizer: IndicTransTokenizer) -> None:
        assert not set(CODES) & set(tokenizer.encode("hin_Deva eng_Latn भारत eng_Latn"))

    def test_a_character_in_no_piece_is_unknown(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.encode("भारत 😀").count(UNKNOWN) == 1
        assert UNKNOWN not in tokenizer.encode("भारत और जापान")

    def test_an_empty_text_has_no_tokens(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.encode("") == []

    @bounded
    @given(text=TEXT.map(lambda text: re.sub("[\ud800-\udfff]", "\ufffd", text)))
    def test_any_text_gets_no_special_token_but_the_unknown_one(
        self, tokenizer: IndicTransTokenizer, text: str
    ) -> None:
        tokens = tokenizer.encode(text)
        assert not {BOS, PADDING, END, *CODES} & set(tokens)
        assert all(0 <= token < tokenizer.source_size for token in tokens)


class TestDecode:
    def test_special_tokens_are_left_out(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.decode([END, 5, END, PADDING, UNKNOWN, BOS, 6]) == "de"

    def test_numbers_outside_the_vocabulary_are_left_out(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.decode([5, 10**6, -1, tokenizer.target_size, 6]) == "de"

    def test_nothing(self, tokenizer: IndicTransTokenizer) -> None:
        assert tokenizer.decode([]) == tokenizer.decode([END, PADDING]) == ""

    @pytest.mark.parametrize(
        ("pieces", "expected"),
        [
            (["▁Yes", "▁,", "▁no", "▁.", "▁.", "▁Why", "▁?", "▁!"], "Yes, no.. Why?!"),
            (["▁Yes", "▁", "।"], "Yes ।"),
            (["▁3", "▁:", "▁45", "▁;", "▁(", "▁a", "▁)"], "3 : 45 ; ( a )"),
            (["▁", "▁a", "▁", "▁b", "▁"], "a  b"),
            # transformers' `clean_up_tokenization`, which the authors call, gives "the'new'plan".
            (["▁the", "▁'", "▁new", "▁'", "▁plan"], "the ' new ' plan"),
            (["▁do", "▁n't", "▁it", "▁'s", "▁I", "▁'m"], "don't it's I'm"),
            # There "the'sudden end".
            (["▁the", "▁'sud", "den", "▁end"], "the 'sudden end"),
        ],
    )
    def test_spaces(self, with_changed: Change, pieces: list[str], expected: str) -> None:
        numbers = {piece: 1000 + number for number, piece in enumerate(dict.fromkeys(pieces))}
        tokenizer = with_changed("dict.TGT.json", numbers)
        assert tokenizer.decode(numbers[piece] for piece in pieces) == expected

    # The eleventh deviation of README.md in harness/models/indictrans2.
    @pytest.mark.parametrize(
        "text", ["the ' new ' plan", "the 'sudden end", "it 's", "do n't", "I 'm", "they 've 'red", "a . . ?", "x !,"]
    )
    def test_11_with_the_rules_of_the_authors_spaces_go_as_in_transformers(
        self, with_changed: Change, text: str
    ) -> None:
        from transformers import PreTrainedTokenizerBase

        pieces = [f"▁{word}" for word in text.split(" ")]
        numbers = {piece: 1000 + number for number, piece in enumerate(dict.fromkeys(pieces))}
        ids = [numbers[piece] for piece in pieces]
        cleaned = PreTrainedTokenizerBase.clean_up_tokenization(None, text)
        assert with_changed("dict.TGT.json", numbers).decode(ids, authors=True) == cleaned

    @bounded
    @given(numbers=st.lists(st.integers(-5, 400)))
    def test_any_numbers_are_a_text(self, tokenizer: IndicTransTokenizer, numbers: list[int]) -> None:
        text = tokenizer.decode(numbers)
        assert text == text.strip(" ")
        assert "▁" not in text


class TestDamagedCopies:
    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_is_named(self, copy: Path, name: str) -> None:
        (copy / name).unlink()
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(copy)
        assert line(error).startswith(f"{copy} lacks {name}: an IndicTrans2 checkpoint has dict.SRC.json, ")

    def test_several_missing_files_are_all_named(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(tmp_path)
        assert f"{tmp_path} lacks dict.SRC.json, dict.TGT.json, model.SRC, model.TGT: " in line(error)

    def test_a_folder_in_the_place_of_a_file(self, copy: Path) -> None:
        (copy / "model.SRC").unlink()
        (copy / "model.SRC").mkdir()
        with pytest.raises(ModelError, match=r"lacks model\.SRC"):
            IndicTransTokenizer(copy)

    @pytest.mark.parametrize("name", ["dict.SRC.json", "dict.TGT.json"])
    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b'{"<s>": 0, "<pad>"', b"\xff\xfe", b"\x00" * 20, b"version https://git-lfs.github.com/spec/v1\n"],
        ids=["empty", "opened", "cut", "not UTF-8", "zeros", "git-lfs pointer"],
    )
    def test_a_vocabulary_that_is_not_json(self, copy: Path, name: str, content: bytes) -> None:
        (copy / name).write_bytes(content)
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(copy)
        assert line(error).startswith(str(copy / name))

    @pytest.mark.parametrize("name", ["dict.SRC.json", "dict.TGT.json"])
    @pytest.mark.parametrize("content", ["[]", "3", "null", '"<s>"', '[["<s>", 0]]'])
    def test_a_vocabulary_that_is_not_an_object(self, copy: Path, name: str, content: str) -> None:
        (copy / name).write_text(content, encoding="utf-8")
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(copy)
        assert line(error) == f"{copy / name}: expected an object of pieces and their numbers; fetch it again"

    @pytest.mark.parametrize("name", ["dict.SRC.json", "dict.TGT.json"])
    @pytest.mark.parametrize("number", [-1, True, False, 3.0, 1.5, float("nan"), "7", None, [1]], ids=str)
    def test_an_entry_that_is_not_a_number(self, copy: Path, with_changed: Change, name: str, number: object) -> None:
        with pytest.raises(ModelError) as error:
            with_changed(name, {"▁क": number})
        assert line(error).startswith(str(copy / name))

    @pytest.mark.parametrize("name", ["dict.SRC.json", "dict.TGT.json"])
    @pytest.mark.parametrize("token", ["<s>", "<pad>", "</s>", "<unk>"])
    def test_a_special_token_that_is_missing(self, copy: Path, name: str, token: str) -> None:
        stored = json.loads((copy / name).read_text(encoding="utf-8"))
        del stored[token]
        (copy / name).write_text(json.dumps(stored), encoding="utf-8")
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(copy)
        assert line(error).startswith(f"{copy / name}: it has no {token}, which every vocabulary of IndicTrans2 has")

    @pytest.mark.parametrize("name", ["model.SRC", "model.TGT"])
    @pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "git-lfs pointer"])
    def test_a_file_that_is_not_a_sentencepiece_model(self, copy: Path, name: str, damage: str) -> None:
        whole = (copy / name).read_bytes()
        (copy / name).write_bytes(
            {
                "empty": b"",
                "garbage": b"\x00garbage\xff" * 100,
                "cut": whole[: len(whole) // 2],
                "git-lfs pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            }[damage]
        )
        with pytest.raises(ModelError) as error:
            IndicTransTokenizer(copy)
        assert line(error).startswith(f"{copy / name}: not a sentencepiece model (")
        assert line(error).endswith("; fetch it again")

    def test_a_whole_copy_is_read(self, copy: Path) -> None:
        assert IndicTransTokenizer(copy).encode("भारत")
