"""The family mt5: its recipe compared with direct use of transformers, its tokens, its settings, its errors."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NoReturn

import pytest

from harness import models
from harness.config import load as load_module
from harness.core.errors import ModelError, ProblemsError
from harness.core.records import ENGLISH, HINDI, Generation, Source
from harness.engines import Decoding, EngineSettings, Request, Weights
from harness.models import Model
from harness.runs import pipeline
from harness.runs.progress import Plain
from tests.conftest import Answer
from tests.models import tiny_mt5
from tests.models.conftest import Script
from tests.models.scripted import ScriptedEngine
from tests.paths import DATASET, ROOT

ARTICLE = (DATASET / "article.hin_Deva.txt").read_text(encoding="utf-8")
SENTENCES = tuple(
    json.loads(line)["text"] for line in (DATASET / "segments.jsonl").read_text(encoding="utf-8").splitlines()
)
SMALL = tiny_mt5.Size(num_layers=1)
UNKNOWN = 2
END = 1
WriteConfig = Callable[..., Path]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that no test changes."""
    return tiny_mt5.build(tmp_path_factory.mktemp("mt5") / "tiny", size=SMALL)


@pytest.fixture
def make(tiny: Path, tmp_path: Path) -> Make:
    """Copy the checkpoint with other keys in its JSON files: `make(config={...}, tokenizer_config={...})`."""

    def call(name: str = "copy", **files: dict[str, Any]) -> Path:
        folder = Path(shutil.copytree(tiny, tmp_path / name))
        for file, changes in files.items():
            path = folder / f"{file}.json"
            stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            path.write_text(json.dumps(stored | changes, ensure_ascii=False), encoding="utf-8")
        return folder

    return call


@pytest.fixture
def engine(script: Script) -> ScriptedEngine:
    """Return an engine without weights that answers with the first three ids of a request."""
    return script(answer=lambda request, sample: request.ids[:3], vocabulary=848)


def options(folder: Path, **keys: Any) -> Any:
    given = {"name": "x", "family": "mt5", "checkpoint": folder, "device": "cpu", **keys}
    return models.get("mt5").options.model_validate(given)


def load(folder: Path, **keys: Any) -> Model:
    return models.get("mt5").load(options(folder, **keys))


def source(text: str, *, name: str = "a", target: str = HINDI, sentences: Sequence[str] = ()) -> Source:
    return Source(name, "a", "summarise", text, tuple(sentences) or (text,), HINDI, target)


def read(folder: Path, *sources: Source, **keys: Any) -> dict[str, Generation]:
    model = load(folder, **keys)
    try:
        return {generation.id: generation for generation in model.generate(sources)}
    finally:
        model.close()


def pieces(folder: Path) -> Any:
    from sentencepiece import SentencePieceProcessor

    return SentencePieceProcessor(model_file=str(folder / "spiece.model"))


def text_of(ids: Sequence[int], folder: Path) -> str:
    model = pieces(folder)
    # The padding of the embedding has rows that the tokenizer does not know; only a random model emits them.
    return str(model.decode([token if token < model.get_piece_size() else UNKNOWN for token in ids]))


def by_hand(folder: Path, texts: Sequence[str], **generation: Any) -> list[str]:
    """Return the outputs of the code on the card of csebuetnlp/mT5_multilingual_XLSum, one text after another."""
    import torch
    from transformers import MT5ForConditionalGeneration

    tokenizer = pieces(folder)
    model = MT5ForConditionalGeneration.from_pretrained(folder).eval()
    said = {"num_beams": 4, "no_repeat_ngram_size": 2, "max_length": 84, "length_penalty": 0.6} | generation
    found = []
    for text in texts:
        ids = [*tokenizer.encode(" ".join(text.split()))[:511], END]
        made = model.generate(input_ids=torch.tensor([ids]), **said)[0].tolist()[1:]
        found.append(text_of(made[: made.index(END)] if END in made else made, folder))
    return found


def systems(*folders: Path, **keys: Any) -> str:
    """Return systems as YAML, named m1, m2, ..."""
    given = [
        {"name": f"m{number}", "family": "mt5", "checkpoint": str(folder), "device": "cpu", **keys}
        for number, folder in enumerate(folders, start=1)
    ]
    return json.dumps(given, ensure_ascii=False)


def run(config: Path, results: Path) -> pipeline.Outcome:
    return pipeline.run(load_module.load(config), results, Plain(StringIO()))


def row_of(answer: Answer, name: str = "m1") -> dict[str, Any]:
    """Return a system's row of the first task that `harness run --format json` printed."""
    (row,) = [row for row in json.loads(answer.out)["tasks"][0]["systems"] if row["name"] == name]
    return row


def cell(table: str, name: str, column: str) -> str:
    """Return one cell of a table in Markdown."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    (found,) = [row for row in rows if row[0] == name]
    return found[rows[0].index(column)]


def problems(config: Path) -> list[str]:
    """Return the problems of a config, each with its place."""
    with pytest.raises(ProblemsError) as raised:
        load_module.load(config)
    return [f"{problem.where}: {problem.message}" for problem in raised.value.problems]


class TestRecipe:
    def test_its_outputs_are_those_of_the_authors_script(self, tiny):
        # The family decodes a batch, the script one text at a time: batch and padding must not change a text.
        texts = [f"  {SENTENCES[0]}\n\n\t{SENTENCES[1]} ", SENTENCES[3], ARTICLE]
        assert len(pieces(tiny).encode(ARTICLE)) > 512
        assert "\n" in ARTICLE
        sources = [source(text, name=str(number)) for number, text in enumerate(texts)]
        found = read(tiny, *sources)
        assert [found[str(number)].text for number in range(3)] == by_hand(tiny, texts)
        assert len({generation.text for generation in found.values()}) == 3

    def test_the_decoding_of_a_config_gives_the_outputs_of_generate(self, tiny):
        found = read(tiny, source(SENTENCES[0]), decoding={"num_beams": 2, "max_new_tokens": 9, "length_penalty": 2.0})
        hand = by_hand(tiny, [SENTENCES[0]], num_beams=2, max_length=10, length_penalty=2.0)
        assert [found["a"].text] == hand

    def test_the_input_is_the_tokens_of_the_text_in_one_line_and_an_end(self, tiny, engine):
        # sentencepiece itself encodes the last of these as nothing.
        read(tiny, source(" एक\n दो \u00a0\tतीन\x1fचार "))
        ((request,),) = engine.calls
        assert request.ids == (*pieces(tiny).encode("एक दो तीन चार"), END)
        assert request.start == ()

    def test_a_prefix_stands_before_every_source(self, tiny, engine):
        read(tiny, source("एक"), source("दो", name="b"), prefix="summarize: ")
        (requests,) = engine.calls
        expected = [(*pieces(tiny).encode(f"summarize: {text}"), END) for text in ("एक", "दो")]
        assert [request.ids for request in requests] == expected

    @pytest.mark.parametrize("said", [True, False], ids=["as the checkpoint has it", "where it has none"])
    def test_the_engine_gets_the_authors_decoding(self, make, engine, said):
        folder = make() if said else make(config=dict.fromkeys(tiny_mt5.XLSUM))
        read(folder, source("एक"))
        assert engine.decodings == [
            Decoding(max_new_tokens=83, num_beams=4, no_repeat_ngram_size=2, length_penalty=0.6)
        ]

    def test_a_generation_config_goes_before_config_json(self, make, engine):
        folder = make(config={"num_beams": 3}, generation_config={"num_beams": 2, "max_new_tokens": 7})
        read(folder, source("एक"))
        assert (engine.decodings[0].num_beams, engine.decodings[0].max_new_tokens) == (2, 7)

    def test_a_finished_output_and_one_stopped_at_the_limit_are_marked_differently(self, tiny):
        stopped = read(tiny, source(SENTENCES[0]), decoding={"max_new_tokens": 4, "num_beams": 1})["a"]
        assert (stopped.finish, stopped.output_tokens) == ("length", 4)


def fast(folder: Path, into: Path) -> Path:
    """Copy a checkpoint with the tokenizer that transformers makes of its pieces, and no other."""
    from transformers import AutoTokenizer, T5Tokenizer

    model = pieces(folder)
    vocabulary = [(model.id_to_piece(index), model.get_score(index)) for index in range(model.get_piece_size())]
    shutil.copytree(folder, into)
    (into / "spiece.model").unlink()
    # AutoTokenizer makes the same of spiece.model, for which it needs protobuf; of tokenizer.json it needs nothing.
    T5Tokenizer(vocab=vocabulary, extra_ids=0).save_pretrained(into)
    AutoTokenizer.from_pretrained(into).save_pretrained(into)
    return into


@pytest.fixture(scope="module")
def saved(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose only tokenizer is transformers' tokenizer.json."""
    return fast(tiny, tmp_path_factory.mktemp("mt5") / "saved")


def without_bytes() -> bytes:
    """Return a sentencepiece model that does not fall back to bytes."""
    from sentencepiece import SentencePieceTrainer

    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=written, model_type="unigram", vocab_size=140,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, num_threads=1, minloglevel=2,
    )  # fmt: skip
    return written.getvalue()


class TestTokens:
    def test_emoji_and_joiners_fall_back_to_bytes_and_are_not_unknown(self, tiny, engine):
        engine.answer = lambda request, sample: request.ids[:-1]
        given = "शांति 😀 क्\u200dष"
        found = read(tiny, source(given))["a"]
        assert found.unknown_tokens == 0
        assert found.text == given

    def test_transformers_reads_them_as_unknown(self, saved):
        """If this fails, transformers was repaired: then change mt5.py and TRAPS.md."""
        from transformers import AutoTokenizer

        # Even if tokenizer.json asks for bytes.
        path = saved / "tokenizer.json"
        stored = json.loads(path.read_text(encoding="utf-8"))
        stored["model"]["byte_fallback"] = True
        path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        try:
            tokenizer = AutoTokenizer.from_pretrained(saved)
            assert UNKNOWN in tokenizer.encode("😀", add_special_tokens=False)
            assert UNKNOWN in tokenizer.encode("क्\u200dष", add_special_tokens=False)
        finally:
            stored["model"]["byte_fallback"] = False
            path.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")

    def test_for_ordinary_text_transformers_has_the_same_tokens(self, tiny, saved):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(saved)
        assert [tokenizer.encode(text) for text in SENTENCES[:5]] == [
            [*pieces(tiny).encode(text), END] for text in SENTENCES[:5]
        ]

    def test_unknown_tokens_are_counted_and_shown(self, make, engine, run_cli, write_config, tmp_path):
        folder = make()
        (folder / "spiece.model").write_bytes(without_bytes())
        found = read(folder, source(f"{SENTENCES[0]} 😀 दो 😀"))["a"]
        assert found.unknown_tokens == 2
        prefix = "😀 😀 😀 "
        engine.answer = lambda request, sample: request.ids[20:60]
        config = write_config(tasks="[summarise]", systems=systems(folder, prefix=prefix))
        answer = run_cli("run", config, "--results", tmp_path / "r", "--format", "json")
        ((request,),) = engine.calls[1:]
        unknown = row_of(answer)["diagnostics"]["unknown"]
        assert unknown["part"] == request.ids.count(UNKNOWN) >= 3
        table = run_cli("run", config, "--results", tmp_path / "r", "--format", "markdown").out
        assert cell(table, "m1", "unknown") == f"{unknown['value']:.1f}%"

    def test_a_checkpoint_may_have_only_tokenizer_json(self, tiny, saved, engine):
        engine.answer = lambda request, sample: request.ids[:-1]
        # It has no byte tokens, so a rare letter is unknown (see above); the other words are the same.
        tokens = pieces(tiny)
        words = [word for word in ARTICLE.split() if not any(map(tokens.is_byte, tokens.encode(word)))]
        texts = [" ".join(words[:50]), " ".join(words[50:90]), " ".join(words)]
        assert len(tokens.encode(texts[2])) > 512
        sources = [source(text, name=str(number)) for number, text in enumerate(texts)]
        one, other = read(tiny, *sources), read(saved, *sources)
        assert [request.ids for request in engine.calls[0]] == [request.ids for request in engine.calls[1]]
        assert one == other

    def test_pieces_are_preferred_to_a_tokenizer_json_beside_them(self, tiny, saved, make, engine):
        folder = make()
        shutil.copy(saved / "tokenizer.json", folder)
        assert read(folder, source("😀"))["a"].unknown_tokens == 0

    def test_without_any_tokenizer_there_is_one_line(self, make, engine):
        folder = make()
        (folder / "spiece.model").unlink()
        with pytest.raises(ModelError) as raised:
            read(folder, source("एक"))
        assert str(raised.value) == f"{folder}: no tokenizer: expected spiece.model or tokenizer.json in it"
        assert engine.events == []

    @pytest.mark.parametrize("name", ["spiece.model", "tokenizer.json"])
    @pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"\x00\xff" * 50])
    def test_a_damaged_tokenizer_is_one_line(self, make, engine, name, content):
        folder = make()
        (folder / "spiece.model").unlink()
        (folder / name).write_bytes(content)
        with pytest.raises(ModelError) as raised:
            read(folder, source("एक"))
        assert str(raised.value).startswith(f"{folder / name}: not a ")
        assert "\n" not in str(raised.value)
        assert engine.events == []

    @pytest.mark.parametrize("rows", [829, 830 + 1025, 250_112])
    def test_a_tokenizer_that_is_not_this_model_s_is_refused_before_weights_are_read(self, make, engine, rows):
        with pytest.raises(
            ModelError, match=rf"830 tokens and its embedding {rows:,} rows \(vocab_size.*; .*not one model's"
        ):
            read(make(config={"vocab_size": rows}), source("एक"))
        assert engine.events == []

    @pytest.mark.parametrize("kind", ["tiny", "saved"])
    @pytest.mark.parametrize("literal", ["</s>", "<pad>", "<unk>"])
    def test_text_that_looks_like_a_special_token_stays_text(self, request, engine, kind, literal):
        folder = request.getfixturevalue(kind)
        engine.answer = lambda request, sample: request.ids[:-1]
        found = read(folder, source(f"एक {literal} दो"))["a"]
        ((asked,),) = engine.calls
        assert asked.ids[-1] == END
        assert not {0, END} & set(asked.ids[:-1])
        if kind == "tiny":
            assert found.text == f"एक {literal} दो"
            assert found.unknown_tokens == 0

    @pytest.mark.parametrize("kind", ["tiny", "saved"])
    def test_ids_beyond_the_vocabulary_are_decoded_without_error(self, request, tiny, engine, kind):
        engine.answer = lambda request, sample: [*pieces(tiny).encode("एक"), 830, 847]
        found = read(request.getfixturevalue(kind), source("दो"))["a"]
        assert found.text.startswith("एक")
        assert found.output_tokens == len(pieces(tiny).encode("एक")) + 2

    @pytest.mark.parametrize("kind", ["tiny", "saved"])
    def test_ordinary_output_reads_as_transformers_decodes_it(self, request, tiny, saved, engine, kind):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(saved)
        for text in SENTENCES[:6]:
            ids = [token for token in pieces(tiny).encode(text) if not pieces(tiny).is_byte(token)]
            engine.answer = lambda request, sample, ids=ids: ids
            found = read(request.getfixturevalue(kind), source("दो"))["a"]
            assert found.text == tokenizer.decode(ids, skip_special_tokens=True)


class TestTruncation:
    @pytest.mark.parametrize(("limit", "read_"), [(8, 7), (100, 99), (None, 511)])
    def test_tokens_read_and_tokens_cut_are_counted(self, tiny, engine, limit, read_):
        whole = len(pieces(tiny).encode(" ".join(ARTICLE.split())))
        found = read(tiny, source(ARTICLE), max_input_tokens=limit)["a"]
        assert (found.truncated, found.input_tokens, found.cut_tokens) == (True, read_, whole - read_)
        assert found.sections == 1
        ((request,),) = engine.calls
        assert len(request.ids) == read_ + 1
        assert request.ids[-1] == END

    def test_a_source_that_just_fits_is_not_cut(self, tiny, engine):
        length = len(pieces(tiny).encode(SENTENCES[0]))
        found = read(tiny, source(SENTENCES[0]), max_input_tokens=length + 1)["a"]
        assert (found.truncated, found.input_tokens, found.cut_tokens) == (False, length, 0)
        found = read(tiny, source(SENTENCES[0]), max_input_tokens=length)["a"]
        assert (found.truncated, found.input_tokens, found.cut_tokens) == (True, length - 1, 1)

    @pytest.mark.parametrize(
        ("stored", "keys", "read_"),
        [
            (100, {}, 99),
            (100, {"max_input_tokens": 50}, 49),
            (1e30, {}, 511),
            (int(1e30), {}, 511),
            (None, {}, 511),
            (0, {}, 511),
            (True, {}, 511),
            ("512", {}, 511),
        ],
    )
    def test_the_limit_is_the_config_s_else_the_tokenizer_s_else_the_authors(self, make, engine, stored, keys, read_):
        folder = make(tokenizer_config={"model_max_length": stored})
        assert read(folder, source(ARTICLE), **keys)["a"].input_tokens == read_

    def test_the_table_shows_the_share_of_tokens_that_was_cut(self, tiny, engine, run_cli, write_config, tmp_path):
        config = write_config(tasks="[summarise]", systems=systems(tiny, max_input_tokens=100))
        answer = run_cli("run", config, "--results", tmp_path / "r", "--format", "json")
        found = row_of(answer)["diagnostics"]
        cut, unread, unknown = (found[name] for name in ("cut", "unread", "unknown"))
        assert (cut["part"], cut["whole"], unknown["whole"], unread["whole"] - unread["part"]) == (1, 1, 99, 99)
        table = run_cli("run", config, "--results", tmp_path / "r", "--format", "markdown").out
        assert (cell(table, "m1", "cut"), cell(table, "m1", "unread")) == ("1/1", f"{unread['value']:.1f}%")


LONG = source(" ".join(SENTENCES), sentences=SENTENCES)


class TestSections:
    def test_a_long_source_is_read_whole_in_windows_that_end_where_sentences_end(self, tiny, engine):
        tokens = pieces(tiny)
        found = read(tiny, LONG, long="sections", max_input_tokens=200)["a"]
        windows = [request.ids for request in engine.calls[0]]
        assert all(ids[-1] == END and len(ids) <= 200 for ids in windows)
        assert [token for ids in windows for token in ids[:-1]] == tokens.encode(LONG.text)
        starts = {tuple(tokens.encode(sentence))[:4] for sentence in SENTENCES}
        assert all(ids[:4] in starts for ids in windows)
        assert (found.truncated, found.cut_tokens) == (False, 0)
        assert found.input_tokens == len(tokens.encode(LONG.text))
        assert found.sections == len(windows) > 1
        assert len(windows) >= -(-found.input_tokens // 199)

    def test_the_outputs_of_windows_are_joined_and_read_once_more(self, tiny, engine):
        words = ["एक", "दो", "तीन", "चार", "पांच", "छह", "सात", "आठ", "नौ", "दस"]
        given = iter(words)
        tokens = pieces(tiny)
        engine.answer = lambda request, sample: tokens.encode(next(given))
        found = read(tiny, LONG, long="sections", max_input_tokens=400)["a"]
        assert len(engine.calls) == 2
        (last,) = engine.calls[1]
        assert last.ids == (*tokens.encode(" ".join(words[: found.sections])), END)
        assert found.text == words[found.sections]

    def test_windows_give_one_output_each_and_samples_come_last(self, tiny, engine):
        decoding = {"do_sample": True, "samples": 3}
        model = load(tiny, long="sections", max_input_tokens=400, decoding=decoding)
        assert [generation.sample for generation in model.generate([LONG])] == [0, 1, 2]
        assert [decoding.samples for decoding in engine.decodings] == [1, 3]
        keys = [request.key for request in engine.calls[0]]
        assert len(set(keys)) == len(keys)

    def test_short_sources_have_the_outputs_of_truncation(self, tiny, engine):
        short = source(SENTENCES[0], sentences=SENTENCES[0].split(" ", 1))
        one, other = read(tiny, short), read(tiny, short, long="sections")
        assert engine.calls[0] == engine.calls[1]
        assert one == other
        assert one["a"].sections == 1

    def test_short_sources_come_first_and_long_ones_do_not_change_them(self, tiny, engine):
        model = load(tiny, long="sections", max_input_tokens=200)
        sources = [LONG, source(SENTENCES[0], name="b")]
        assert [generation.id for generation in model.generate(sources)] == ["b", "a"]

    def test_a_single_sentence_over_the_limit_is_cut_and_counted(self, tiny, engine):
        tokens = pieces(tiny)
        sentences = [SENTENCES[1], ARTICLE.replace("\n", " "), SENTENCES[2]]
        lengths = [len(tokens.encode(" ".join(sentence.split()))) for sentence in sentences]
        found = read(tiny, source(" ".join(sentences), sentences=sentences), long="sections", max_input_tokens=200)["a"]
        assert (found.truncated, found.sections) == (True, 3)
        assert found.cut_tokens == lengths[1] - 199
        assert found.input_tokens + found.cut_tokens == sum(lengths)

    def test_a_source_of_one_sentence_is_cut_as_without_sections(self, tiny, engine):
        one, other = read(tiny, source(ARTICLE)), read(tiny, source(ARTICLE), long="sections")
        assert one == other
        assert other["a"].cut_tokens

    def test_it_ends_if_outputs_are_not_shorter_than_their_inputs(self, tiny, engine):
        engine.answer = lambda request, sample: request.ids[:-1]
        found = read(tiny, LONG, long="sections", max_input_tokens=200)["a"]
        assert len(engine.calls) <= 1 + len(SENTENCES)
        assert found.truncated
        assert found.cut_tokens == 0
        assert len(engine.calls[-1][0].ids) == 200

    def test_cuts_in_the_outputs_of_windows_are_reported(self, tiny, engine):
        # Each window gives more tokens than fit one input, and the second turn reads only the beginning of each.
        engine.answer = lambda request, sample: [10] * 60 if "|1|" in request.key else []
        words = SENTENCES[3].split() * 3
        sentences = [" ".join(words[start : start + 2]) for start in range(0, len(words), 2)]
        long = source(" ".join(sentences), sentences=sentences)
        found = read(tiny, long, long="sections", max_input_tokens=50)["a"]
        assert any(len(request.ids) == 50 for request in engine.calls[1])
        assert (found.cut_tokens, found.text) == (0, "")
        assert found.truncated

    def test_the_table_shows_the_number_of_sections(self, tiny, engine, run_cli, write_config, tmp_path):
        config = write_config(tasks="[summarise]", systems=systems(tiny, long="sections"))
        row = row_of(run_cli("run", config, "--results", tmp_path / "r", "--format", "json"))
        assert (
            f"1 of 1 sources were read in {-(-row['diagnostics']['unknown']['whole'] // 511)} sections" in row["notes"]
        )
        assert [row["diagnostics"][name]["part"] for name in ("cut", "unread")] == [0, 0]

    def test_the_real_engine_reads_a_whole_article(self, tiny):
        found = read(tiny, LONG, long="sections", decoding={"max_new_tokens": 5, "num_beams": 1})["a"]
        assert (found.cut_tokens, found.sections) == (0, -(-found.input_tokens // 511))
        assert found.sections > 1


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that chooses its output language by the decoder's start."""
    return tiny_mt5.build(tmp_path_factory.mktemp("mt5") / "many", size=SMALL, languages=True)


class TestCrossSum:
    def test_the_decoder_starts_with_the_output_language(self, many, engine):
        read(many, source("एक", name="h"), source("एक", name="e", target=ENGLISH))
        (requests,) = engine.calls
        tokens = pieces(many)
        assert [request.start for request in requests] == [
            (tokens.piece_to_id("▁<extra_id_85>"),),
            (tokens.piece_to_id("▁<extra_id_89>"),),
        ]

    def test_its_outputs_are_those_of_the_authors_script(self, many):
        text = SENTENCES[0]
        hindi, english = (pieces(many).piece_to_id(f"▁<extra_id_{number}>") for number in (85, 89))
        short = {"decoding": {"max_length": 12}}
        found = read(many, source(text, name="h"), source(text, name="e", target=ENGLISH), **short)
        assert [found["h"].text] == by_hand(many, [text], max_length=12, decoder_start_token_id=hindi)
        assert [found["e"].text] == by_hand(many, [text], max_length=12, decoder_start_token_id=english)
        assert found["h"].text != found["e"].text
        assert found["h"].output_tokens <= 11

    def test_an_unknown_language_is_one_line_before_weights_are_read(self, many, engine):
        for target in ("fra_Latn", "urd_Arab"):
            with pytest.raises(ModelError) as raised:
                read(many, source("एक"), source("एक", name="b", target=target))
            message = str(raised.value)
            assert f"unknown output language {target!r}" in message
            assert message.endswith("(known: eng_Latn, hin_Deva)")
            assert "\n" not in message
        # No weights are read, even for the sources that come before it.
        far = source(LONG.text, name="b", sentences=SENTENCES, target="fra_Latn")
        with pytest.raises(ModelError, match="unknown output language 'fra_Latn'"):
            read(many, source("एक"), far, long="sections")
        assert engine.events == []

    def test_a_start_that_the_tokenizer_lacks_is_one_line(self, make, engine):
        lacking = {"task_specific_params": {"langid_map": {"hindi": [14, "▁<no_such_token>"]}}}
        with pytest.raises(ModelError, match=r"no token '▁<no_such_token>', which the checkpoint needs"):
            read(make(config=lacking), source("एक"))
        assert engine.events == []

    @pytest.mark.parametrize("stored", [["a"], {"hindi": 14}, {"hindi": []}, "hindi"], ids=json.dumps)
    def test_a_wrong_map_of_start_tokens_is_one_line(self, make, engine, stored):
        with pytest.raises(ModelError, match="langid_map: expected a number and a token for each language"):
            read(make(config={"task_specific_params": {"langid_map": stored}}), source("एक"))
        assert engine.events == []

    def test_tokenizer_json_has_the_same_starts(self, many, engine, tmp_path):
        read(many, source("एक"))
        read(fast(many, tmp_path / "fast"), source("एक"))
        assert engine.calls[0] == engine.calls[1]

    def test_a_checkpoint_with_one_start_writes_any_language(self, tiny, engine):
        read(tiny, source("एक", target=ENGLISH))
        assert engine.calls[0][0].start == ()


# For each option that decides outputs, another value, as `--set` takes it.
DECIDING = [
    "dtype=bfloat16", "max_input_tokens=300", "long=sections", 'prefix="summarize: "',
    "decoding.num_beams=3", "decoding.max_length=50", "decoding.max_new_tokens=50", "decoding.min_length=5",
    "decoding.min_new_tokens=5", "decoding.length_penalty=1.5", "decoding.early_stopping=true",
    "decoding.early_stopping=never", "decoding.beam_stop=exhaustive", "decoding.no_repeat_ngram_size=3",
    "decoding.repetition_penalty=1.5", "decoding.renormalize_logits=true",
    "decoding={do_sample: true}", "decoding={do_sample: true, temperature: 0.5}",
    "decoding={do_sample: true, top_k: 5}", "decoding={do_sample: true, top_p: 0.5}",
    "decoding={do_sample: true, samples: 3}", "decoding={do_sample: true, seed: 3}",
]  # fmt: skip
# Options that only decide where and how fast it runs.
IDLE = ["device=auto", "threads=1", "batch_tokens=64", "note=mine"]


class TestIdentity:
    def of(self, config: Path, *overrides: str) -> tuple[str, str]:
        """Return the digests of the run folder and of the system."""
        made = load_module.load(config, [f"systems.m1.{override}" for override in ("dtype=float32", *overrides)])
        (system,) = made.systems
        return made.digest, json.dumps(system.family.load(system.options).identity(), sort_keys=True)

    def test_whatever_decides_an_output_changes_it_and_the_run_s_folder(self, tiny, write_config):
        config = write_config(tasks="[summarise]", systems=systems(tiny))
        found = [self.of(config, *overrides) for overrides in ([], *([value] for value in DECIDING))]
        assert len({folder for folder, _ in found}) == 1 + len(DECIDING)
        # max_length=50 and max_new_tokens=50 differ by the start, and so does every other value.
        assert len({identity for _, identity in found}) == 1 + len(DECIDING)

    def test_every_option_is_listed_as_deciding_outputs_or_not(self):
        names = {value.partition("=")[0].partition(".")[0] for value in DECIDING + IDLE}
        elsewhere = {
            "name", "family", "tasks", "checkpoint", "revision", "pickle", "engine", "sweep", "adapter",
            "adapter_revision", "adapter_pickle", "align", "compute_type",
        }  # fmt: skip
        assert names | elsewhere == set(models.get("mt5").options.model_fields)
        decoding = {value.partition(".")[2].partition("=")[0] for value in DECIDING if "." in value.partition("=")[0]}
        sampled = {"do_sample", "temperature", "top_k", "top_p", "samples", "seed"}
        assert decoding | sampled == set(models.get("mt5").options.model_fields["decoding"].annotation.model_fields)

    def test_where_and_how_fast_it_runs_changes_neither(self, tiny, write_config):
        config = write_config(tasks="[summarise]", systems=systems(tiny))
        assert {self.of(config, *overrides) for overrides in ([], *([value] for value in IDLE))} == {self.of(config)}

    @pytest.mark.parametrize(
        ("file", "change"),
        [
            ("config.json", lambda content: content.replace(b'"num_beams": 4', b'"num_beams": 5')),
            ("spiece.model", lambda _: tiny_mt5.tokenizer() + b"\x1a\x00"),
            ("tokenizer_config.json", lambda content: content.replace(b"{", b'{"model_max_length": 100, ', 1)),
            ("model.safetensors", lambda content: content[:-1] + bytes([content[-1] ^ 1])),
            ("generation_config.json", lambda _: b'{"num_beams": 5}'),
            (
                "tokenizer.json",
                lambda _: (
                    b'{"version": "1.0", "added_tokens": [], '
                    b'"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0]]}}'
                ),
            ),
        ],
    )
    def test_the_checkpoint_s_content_changes_both(self, make, write_config, file, change):
        folder = make()
        config = write_config(tasks="[summarise]", systems=systems(folder))
        before = self.of(config)
        path = folder / file
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
        after = self.of(config)
        assert before[0] != after[0]
        assert before[1] != after[1]

    def test_its_place_changes_neither(self, make, write_config):
        one = self.of(write_config(tasks="[summarise]", systems=systems(make("one"))))
        other = self.of(write_config(tasks="[summarise]", systems=systems(make("other"))))
        assert one == other

    def test_what_is_beside_the_checkpoint_changes_neither(self, make, write_config):
        folder = make()
        config = write_config(tasks="[summarise]", systems=systems(folder))
        before = self.of(config)
        (folder / "README.md").write_text("a card", encoding="utf-8")
        assert self.of(config) == before


def test_weights_that_cannot_be_loaded_are_tried_once(tiny, monkeypatch):
    """A search for the failing source calls the model several times, and loading can take minutes."""
    calls = []

    def fail(weights: Weights, settings: EngineSettings) -> NoReturn:
        calls.append(weights)
        raise ModelError("the weights are damaged")

    monkeypatch.setattr("harness.engines.transformers.load", fail)
    model = load(tiny)
    for _ in range(3):
        with pytest.raises(ModelError, match="the weights are damaged"):
            list(model.generate([source("भारत")]))
    assert len(calls) == 1


class TestSamples:
    SAMPLED = {"do_sample": True, "samples": 3, "seed": 5}  # noqa: RUF012

    def test_scores_are_the_mean_over_samples(self, tiny, engine, write_config, tmp_path):
        engine.answer = lambda request, sample: request.ids[40 * sample : 40 * sample + 30]
        config = write_config(tasks="[summarise, headline]", systems=systems(tiny, decoding=self.SAMPLED))
        outcome = run(config, tmp_path / "r")
        for task in ("summarise", "headline"):
            path = outcome.run.outputs_path(task, "m1")
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            assert [row["sample"] for row in rows] == [0, 1, 2]
            assert len({row["text"] for row in rows}) == 3
            for row in rows:
                lines = [json.dumps({"id": row["id"], "text": row["text"]}, ensure_ascii=False)]
                (tmp_path / f"{task}-{row['sample']}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        alone = [{"name": f"s{k}", "family": "replay", "path": f"{{task}}-{k}.jsonl"} for k in range(3)]
        single = run(write_config(tasks="[summarise, headline]", systems=json.dumps(alone)), tmp_path / "r")
        for together, apart in zip(outcome.scores, single.scores, strict=True):
            (averaged,) = [row for row in together.systems if row.role == "system"]
            by_sample = [row for row in apart.systems if row.role == "system"]
            assert len(by_sample) == 3
            for metric, score in averaged.metrics.items():
                values = [row.metrics[metric].value for row in by_sample]
                assert score.value == pytest.approx(statistics.fmean(values)), metric
            assert averaged.metrics[together.primary].value > 0
            assert "scores are averaged over 3 samples of each source" in averaged.notes

    def test_a_missing_sample_alone_is_made_again_and_is_the_same(self, tiny, write_config, tmp_path):
        decoding = {**self.SAMPLED, "max_new_tokens": 6}
        config = write_config(tasks="[summarise]", systems=systems(tiny, decoding=decoding))
        path = run(config, tmp_path / "r").run.outputs_path("summarise", "m1")
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text(f"{lines[0]}\n{lines[2]}\n", encoding="utf-8")
        (tmp_path / "r" / "store.sqlite").unlink()  # so that outputs are read from the folder
        assert run(config, tmp_path / "r").scores
        again = path.read_text(encoding="utf-8").splitlines()
        assert [again[0], again[2]] == [lines[0], lines[2]]
        assert len(again) == 3
        timeless = [{**json.loads(line), "seconds": None} for line in (again[1], lines[1])]
        assert timeless[0] == timeless[1]

    def test_the_table_notes_that_scores_are_means_over_samples(self, tiny, engine, run_cli, write_config, tmp_path):
        config = write_config(tasks="[summarise]", systems=systems(tiny, decoding=self.SAMPLED))
        out = run_cli("run", config, "--results", tmp_path / "r", "--format", "markdown").out
        assert "m1: scores are averaged over 3 samples of each source" in out


def test_a_checkpoint_without_fine_tuning_is_recognised_by_its_gap_marks(tiny, engine, run_cli, write_config, tmp_path):
    gap = pieces(tiny).piece_to_id("▁<extra_id_0>")
    engine.answer = lambda request, sample: [gap, *request.ids[:5]]
    config = write_config(tasks="[summarise]", systems=systems(tiny))
    row = row_of(run_cli("run", config, "--results", tmp_path / "r", "--format", "json"))
    assert any(note.startswith("1 of 1 outputs contain <extra_id_...>, with which") for note in row["notes"])
    page = next((tmp_path / "r").glob("*/tables/summarise.md")).read_text(encoding="utf-8")
    assert "1 of 1 outputs contain" in page


class TestRefusals:
    @pytest.mark.parametrize(
        ("keys", "reason"),
        [
            ({"dtype": "float16"}, "dtype: float16 is refused: mT5 overflows in it"),
            ({"trust_remote_code": True}, "trust_remote_code: refused: it would run unchecked code from the hub"),
            ({"revision": "main"}, "revision: a folder has none"),
            ({"engine": "transfomers"}, "engine: unknown engine 'transfomers'; did you mean 'transformers'?"),
            ({"decoding": {"num_beam": 2}}, "unknown key 'num_beam'; did you mean 'num_beams'?"),
            ({"decoding": {"num_beams": 0}}, "decoding.num_beams: expected greater than or equal to 1, found 0"),
            ({"decoding": {"num_beams": "4"}}, 'decoding.num_beams: expected a whole number, found "4"'),
            ({"decoding": {"max_length": 9, "max_new_tokens": 9}}, "decoding: max_length and max_new_tokens say"),
            ({"decoding": {"do_sample": True, "num_beams": 2}}, "decoding: do_sample with num_beams over 1"),
            ({"decoding": {"temperature": 0.5}}, "decoding: temperature has no effect without do_sample: true"),
            (
                {"decoding": {"early_stopping": "maybe"}},
                "decoding.early_stopping: expected true or false or 'never', found",
            ),
            ({"device": "gpu"}, "device: expected auto, cpu, cuda, cuda:1 or mps, found 'gpu'"),
            ({"checkpoint": 5}, "checkpoint: expected text, found 5"),
            ({"long": "window"}, "long: expected 'truncate' or 'sections', found \"window\""),
            ({"max_input_tokens": 4}, "max_input_tokens: expected greater than or equal to 8, found 4"),
        ],
        ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
    )
    def test_a_config_is_refused_with_its_line_and_the_reason(self, tiny, run_cli, write_config, keys, reason):
        config = write_config(tasks="[summarise]", systems=systems(tiny, **keys))
        (problem,) = problems(config)
        assert problem.startswith(f"{config} line 4: {reason}")
        assert "\n" not in problem
        answer = run_cli("check", config)
        assert answer.code == 2
        assert problem in answer.err

    def test_a_folder_with_unsupported_decoding_is_refused_before_the_run(self, make, run_cli, write_config):
        folder = make(config={"penalty_alpha": 0.6})
        answer = run_cli("check", write_config(tasks="[summarise]", systems=systems(folder)))
        assert answer.code == 2
        assert f"{folder}: its generation_config.json or config.json has penalty_alpha 0.6" in answer.err

    def test_another_architecture_is_refused(self, make, run_cli, write_config):
        folder = make(config={"model_type": "m2m_100"})
        answer = run_cli("check", write_config(tasks="[summarise]", systems=systems(folder)))
        assert answer.code == 2
        assert "family 'mt5' runs model_type mt5, and its config.json has 'm2m_100'; choose the family" in answer.err

    def test_a_task_in_another_language_s_words_is_not_offered(self, tiny, write_config):
        (problem,) = problems(write_config(tasks="[translate]", systems=systems(tiny)))
        assert "family 'mt5' does none of the tasks here (translate)" in problem

    def test_check_shows_size_type_device_and_decoding(self, tiny, run_cli, write_config):
        answer = run_cli("check", write_config(tasks="[summarise]", systems=systems(tiny)), "--format", "json")
        assert answer.code == 0
        (system,) = json.loads(answer.out)["plans"][0]["systems"]
        assert system["checkpoint"]["name"] == str(tiny)
        assert system["checkpoint"]["size"] == (tiny / "model.safetensors").stat().st_size
        assert (system["device"], system["dtype"]) == ("cpu", "float32")
        assert system["decoding"] == {
            "max_new_tokens": 83, "num_beams": 4, "length_penalty": 0.6, "no_repeat_ngram_size": 2,
            "early_stopping": False, "beam_stop": "transformers",
        }  # fmt: skip
        assert (system["input_tokens"], system["longer"], system["assumed"]) == (512, "the rest is cut", False)

    def test_a_checkpoint_with_nan_fails_alone(self, make, run_cli, write_config, tmp_path):
        import numpy as np
        from safetensors.numpy import load_file, save_file

        folder = make()
        tensors = load_file(folder / "model.safetensors")
        tensors["lm_head.weight"][3, 4] = np.nan
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        both = [*json.loads(systems(folder)), {"name": "lead-2", "family": "lead", "sentences": 2}]
        config = write_config(tasks="[summarise]", systems=json.dumps(both))
        answer = run_cli("run", config, "--results", tmp_path / "r", "--format", "json")
        assert answer.code == 3
        rows = {row["name"]: row for row in json.loads(answer.out)["tasks"][0]["systems"]}
        assert rows["m1"]["error"].endswith("lm_head.weight contains NaN: it is damaged; fetch it again")
        assert rows["lead-2"]["metrics"]
        assert not rows["lead-2"].get("error")


class TestRuns:
    def test_a_finished_run_reads_no_weights_and_imports_no_torch(self, tiny, engine, write_config, tmp_path):
        config = write_config(tasks="[summarise]", systems=systems(tiny))
        run(config, tmp_path / "r")
        assert engine.events == ["load tiny", "close tiny"]
        run(config, tmp_path / "r")
        assert engine.events == ["load tiny", "close tiny"]
        program = (
            "import sys\n"
            "from harness import cli\n"
            "try:\n"
            "    cli.main(sys.argv[1:])\n"
            "except SystemExit as end:\n"
            "    heavy = {'torch', 'transformers', 'tokenizers'} & set(sys.modules)\n"
            "    sys.exit(f'{end.code} {sorted(heavy)}')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "run", str(config), "--results", str(tmp_path / "r")],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
        assert "m1" in done.stdout
        assert done.stderr.splitlines()[-1] in ("0 []", "None []"), done.stderr

    def test_each_system_is_freed_before_the_next_is_loaded(self, make, engine, write_config, tmp_path):
        # Use different systems: equal ones would share their outputs.
        folders = [make(name, generation_config={"max_length": 20 + len(name)}) for name in ("one", "four", "three")]
        outcome = run(write_config(tasks="[summarise, headline]", systems=systems(*folders)), tmp_path / "r")
        assert not outcome.failed
        expected = [f"{event} {name}" for name in ("one", "four", "three") for event in ("load", "close")]
        assert engine.events == expected

    def test_a_system_that_fails_is_freed_too(self, make, engine, write_config, tmp_path):
        def fail(request: Request, sample: int) -> Sequence[int]:
            raise ModelError("out of luck")

        engine.answer = fail
        outcome = run(write_config(tasks="[summarise]", systems=systems(make("one"), make("two"))), tmp_path / "r")
        assert outcome.failed
        assert engine.events == ["load one", "close one", "load two", "close two"]
