"""Prompt contracts: what each one asks, frozen; how a config brings its own; the faults of a file, with their lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.core.errors import HarnessError, InputError
from harness.core.records import ENGLISH, HINDI, Source
from harness.models import _prompts
from harness.models._prompts import Example, PromptSpec
from tests.paths import ROOT

GOLDEN = ROOT / "tests" / "golden" / "prompts.json"
TEXT = "टोक्यो में {वार्ता} हुई। {text} {{x}} {0}"


def source(task: str = "translate", target: str = ENGLISH, text: str = TEXT) -> Source:
    return Source("a#s01", "a", task, text, tuple(text.split("\n")), HINDI, target)


def everything() -> dict[str, object]:
    """Return the rendered messages of every contract for every task that it has a prompt for."""
    rendered: dict[str, object] = {}
    for name in _prompts.names():
        contract = _prompts.get(name)
        rendered[name] = {
            "messages": {
                key: _prompts.render(
                    _open(name), source(key, ENGLISH if key.startswith("translate") else HINDI, "पहला।\nदूसरा।")
                )
                for key in contract.prompts
            },
            "digest": contract.digest,
        }
    return rendered


def _open(name: str) -> _prompts.Contract:
    """Return a contract that refuses no language."""
    from dataclasses import replace

    return replace(_prompts.get(name), refused={})


def test_the_prompt_of_every_contract_is_frozen() -> None:
    # A changed word changes outputs. If the change is wanted: python -m tests.models.test_prompts
    assert everything() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_the_prompts_are_those_that_the_models_were_trained_on() -> None:
    def asked(name: str) -> list[dict[str, object]]:
        return _prompts.render(_prompts.get(name), source(text="पाठ"))

    def user(content: object) -> dict[str, object]:
        return {"role": "user", "content": content}

    assert asked("sarvam-translate") == [
        {"role": "system", "content": "Translate the text below to English."},
        user("पाठ"),
    ]
    assert asked("indic-translate") == [user("Translate the following text into English:\n\nपाठ")]
    hunyuan = "Translate the following segment into English, without additional explanation.\n\nपाठ"
    assert asked("hunyuan-mt") == [user(hunyuan)]
    tower = "Translate the following Hindi source text to English:\nHindi: पाठ\nEnglish: "
    assert asked("tower-plus") == [user(tower)]
    part = {"type": "text", "source_lang_code": "hi", "target_lang_code": "en", "text": "पाठ"}
    assert asked("translategemma") == [user([part])]
    (written,) = asked("translategemma-text")
    assert str(written["content"]).endswith("Please translate the following Hindi text into English:\n\n\nपाठ")


def test_braces_in_a_text_stand_for_themselves() -> None:
    for name in ("chat", "translategemma"):
        (message,) = _prompts.render(_prompts.get(name), source())
        assert TEXT in json.dumps(message, ensure_ascii=False)


def test_doubled_braces_in_a_prompt_are_braces() -> None:
    spec = PromptSpec.model_validate({
        "prompts": {"translate": {"messages": [{"role": "user", "content": "{{{text}}}"}]}}
    })
    assert _prompts.render(_prompts.load(spec), source(text="क"))[0]["content"] == "{क}"


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("translate", "translate"), ("translate-hin_Deva", "translate"), ("translate-article", "translate-article"),
        ("translate-paragraph", "translate"), ("challenge", "translate"), ("summarise", "summarise"),
        ("summarise-eng_Latn", "summarise"), ("summarise-sentence-eng_Latn", "summarise-sentence"),
        ("headline", "headline"), ("gist", "gist"),
    ],
)  # fmt: skip
def test_a_task_is_asked_with_the_most_special_prompt_for_its_label(label: str, key: str) -> None:
    assert _prompts.get("chat").key(label) == key


def test_a_contract_without_a_prompt_for_a_task_says_so() -> None:
    fault = _prompts.get("hunyuan-mt").fault("headline")
    assert fault is not None and "no prompt for task headline (it has translate)" in fault


def test_a_task_of_larger_units_than_the_model_was_made_for_is_doubtful() -> None:
    contract = _prompts.get("translategemma")
    assert contract.doubts("translate") == contract.doubts("translate-paragraph") == []
    (doubt,) = contract.doubts("translate-article")
    assert doubt == "the model was made to read a sentence or a paragraph, not the whole article"


def test_seed_x_refuses_hindi() -> None:
    contract = _prompts.get("seed-x")
    assert "hin_Deva is refused" in str(contract.fault("translate"))
    with pytest.raises(InputError, match="hin_Deva is refused"):
        _prompts.render(contract, source())


def test_examples_are_earlier_turns_in_the_same_words() -> None:
    messages = _prompts.render(
        _prompts.get("sarvam-translate"), source(text="ग"), [Example("क", "a"), Example("{text}", "b")]
    )
    assert [(each["role"], each["content"]) for each in messages] == [
        ("system", "Translate the text below to English."),
        ("user", "क"), ("assistant", "a"), ("user", "{text}"), ("assistant", "b"), ("user", "ग"),
    ]  # fmt: skip


def test_a_prompt_can_number_the_sentences_or_put_each_on_a_line() -> None:
    article = source("translate-article", text="पहला।\nदूसरा।")
    assert "\n\n[1] पहला।\n[2] दूसरा।" in _prompts.render(_prompts.get("chat-ids"), article)[0]["content"]
    assert "\n\nपहला।\nदूसरा।" in _prompts.render(_prompts.get("chat-lines"), article)[0]["content"]


def test_a_prompt_is_identified_by_its_content(tmp_path: Path) -> None:
    def digest(content: str) -> str:
        file = tmp_path / "my.yaml"
        file.write_text(content, encoding="utf-8")
        return _prompts.load(PromptSpec(file=str(file))).digest

    prompt = "prompts: {translate: {messages: [{role: user, content: 'Into {target}: {text}'}]}}\n"
    assert digest(prompt) == digest(f"# a comment\nsummary: mine\n{prompt}")
    assert digest(prompt) != digest(prompt.replace("Into", "To"))
    assert digest(prompt) != digest(f"answers: [quotes]\n{prompt}")


def test_a_prompt_can_change_one_key_of_another_one() -> None:
    contract = _prompts.load(PromptSpec.model_validate({"extends": "hunyuan-mt", "answers": []}))
    assert contract.answers == [] and contract.prompts == _prompts.get("hunyuan-mt").prompts
    assert contract.digest != _prompts.get("hunyuan-mt").digest


def test_a_checkpoint_has_the_contract_that_lists_it() -> None:
    assert _prompts.of_checkpoint("sarvamai/sarvam-30b") == "sarvam"
    assert _prompts.of_checkpoint("someone/a-fine-tune") == "chat"


MESSAGE = "prompts:\n  translate:\n    messages:\n      - role: user\n        content: "


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (MESSAGE + "'{txt} {text}'", 5, "unknown placeholder 'txt'; did you mean 'text'?"),
        (MESSAGE + "'to {target}'", 2, "no message has {text}"),
        (MESSAGE + "'{text} {'", 5, "found a single {; write {{ for a brace"),
        (MESSAGE.replace("translate", "tanslate") + "'{text}'", 1, "unknown task 'tanslate'; did you mean 'transla"),
        (MESSAGE + "'{text}'\nanswers: [qoutes]", 6, "unknown rule 'qoutes'; did you mean 'quotes'?"),
        (MESSAGE + "'{text}'\nstop: ['']", 6, "found an empty text"),
        (MESSAGE + "'{text}'\nfile: other.yaml", 1, "file and prompts"),
        (MESSAGE.replace("user", "human") + "'{text}'", 4, "expected 'system', 'user' or 'assistant', found \"human\""),
        (MESSAGE.replace("user", "assistant") + "'{text}'", 2, "the last message is of the assistant"),
        (MESSAGE.replace("role", "rolle") + "'{text}'", 4, "unknown key 'rolle'; did you mean 'role'?"),
        (MESSAGE + "3", 5, "content: expected text or a list, found 3"),
        ("promts: {}", 1, "unknown key 'promts'; did you mean 'prompts'?"),
        ("extends: qwen33", None, "unknown prompt 'qwen33'; did you mean 'qwen3'?"),
        ("summary: nothing", None, "it has no prompts"),
    ],
)  # fmt: skip
def test_a_fault_in_a_file_is_one_line_with_its_place(
    tmp_path: Path, content: str, line: int | None, message: str
) -> None:
    file = tmp_path / "my.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(HarnessError) as caught:
        _prompts.load(PromptSpec(file=str(file)))
    faults = str(caught.value).splitlines()
    assert any(message in fault and (line is None or f"my.yaml line {line}:" in fault) for fault in faults), faults


def test_a_system_message_is_refused_if_the_model_has_no_system_turn() -> None:
    spec = PromptSpec.model_validate({
        "extends": "indic-translate",
        "prompts": {
            "translate": {"messages": [{"role": "system", "content": "Go."}, {"role": "user", "content": "{text}"}]}
        },
    })
    with pytest.raises(InputError, match=r"prompts.translate has a system message, and system_turn is false"):
        _prompts.load(spec)


def test_every_contract_says_where_its_claims_come_from() -> None:
    for name in _prompts.names():
        contract = _prompts.get(name)
        assert contract.facts and contract.summary.endswith("."), name
        assert contract.answers, name


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(everything(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
