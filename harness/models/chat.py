"""Local chat models: decoder-only checkpoints, asked through their own template; the licence is the checkpoint's.

TranslateGemma, sarvam-translate, Hunyuan-MT, Tower+, Gemma, Qwen, Llama and their like:

    - name: hunyuan-mt
      family: chat
      checkpoint: tencent/Hunyuan-MT-7B
      prompt: hunyuan-mt          # the default for this checkpoint; `harness list prompts` has all

A prompt contract (`prompts/*.yaml`) says how the model was trained to be asked, what ends its answers, how its
reasoning is switched off and what around an answer is removed. The chat template is the checkpoint's own; transformers
renders it in its sandbox. A template that ignores the switch for reasoning is an error, and tokens of thought are
counted in every output. Special tokens in a source are text.

Decoding is greedy, whatever the checkpoint's generation_config.json says, unless the config asks for sampling. How long
an output may be follows from the length of its source in characters (see `_chat/budgets.py`).
"""

from __future__ import annotations

from harness.models import Facts, Family, Model
from harness.models._chat.model import Chat
from harness.models._chat.options import ChatOptions

# Increase it when a change in this file, or in code that it uses, changes outputs.
_RECIPE = 1


class Options(ChatOptions):
    """Which checkpoint, how it is asked, and how it runs."""


def load(options: Options) -> Model:
    """Return the model (see `harness.models`).

    Raises:
        HarnessError: the checkpoint cannot be fetched or read, or its prompt cannot.
    """
    return Chat(options, recipe=_RECIPE)


FAMILY = Family(
    options=Options,
    load=load,
    kinds=("summarisation", "translation"),
    languages="any",
    facts=Facts(
        architecture="decoder-only models with a chat template",
        directions="any that the prompt names",
        unit="what the task says: sentence, paragraph, article",
        licence="the checkpoint's: Apache-2.0, CC-BY-NC-SA-4.0, Gemma, GPL-3.0, ...",
        tested="tiny Gemma 3, Qwen 3, Llama: ids, outputs against transformers",
    ),
)
