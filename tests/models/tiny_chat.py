"""Tiny chat models: real architectures, random weights, byte-level tokenizers, and chat templates of the real form.

The templates are written for the tests; they have the turns, marks and switches of the models that they are named for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.models.tiny_translators import ENGLISH_TEXTS, HINDI_TEXTS

GEMMA3 = """\
{{ bos_token }}{% for message in messages %}\
{% if message['role'] == 'system' %}{% set before = message['content'] + '\\n\\n' %}\
{{ '<start_of_turn>user\\n' + before }}\
{% else %}\
{% if not (loop.previtem is defined and loop.previtem['role'] == 'system') %}\
{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\\n' }}{% endif %}\
{% if message['content'] is string %}{{ message['content'] | trim }}\
{% else %}{% for part in message['content'] %}{{ part['text'] | trim }}{% endfor %}{% endif %}\
{{ '<end_of_turn>\\n' }}{% endif %}{% endfor %}\
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""

TRANSLATEGEMMA = """\
{{ bos_token }}{% for message in messages %}\
{% if message['content'] is string %}{{ raise_exception('User content must be a list with one item') }}{% endif %}\
{% set part = message['content'][0] %}{% set names = {'hi': 'Hindi', 'en': 'English'} %}\
{{ '<start_of_turn>user\\nYou are a professional ' + names[part['source_lang_code']] + ' (' + part['source_lang_code']
 + ') to ' + names[part['target_lang_code']] + ' (' + part['target_lang_code'] + ') translator.\\n\\n\\n'
 + part['text'] | trim + '<end_of_turn>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""

QWEN3 = """\
{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}\
{% if message.role == 'assistant' and '</think>' in message.content %}\
{{ message.content.split('</think>')[-1].lstrip('\\n') }}{% else %}{{ message.content }}{% endif %}\
{{ '<|im_end|>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}\
{% if enable_thinking is defined and enable_thinking is false %}\
{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}"""

LLAMA3 = """\
{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}\
{{ bos_token + '<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: ' + date_string + '\\n\\n' }}\
{% if messages[0]['role'] == 'system' %}{{ messages[0]['content'] | trim }}{% set messages = messages[1:] %}{% endif %}\
{{ '<|eot_id|>' }}{% for message in messages %}\
{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}\
{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"""

SIZES = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 4096,
}  # fmt: skip


def tokenizer(template: str, *, special: tuple[str, ...], plain: tuple[str, ...] = (), **named: str) -> Any:
    """Return a byte-level tokenizer with a chat template.

    Args:
        template: the template.
        special: tokens that are hidden in texts.
        plain: further tokens that are not, such as <think>.
        named: `bos_token` and the like.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
    )
    words.train_from_iterator([*HINDI_TEXTS, *ENGLISH_TEXTS], trainer)
    words.add_tokens([AddedToken(token, special=False, normalized=False) for token in plain])
    made = PreTrainedTokenizerFast(tokenizer_object=words, **named)
    made.chat_template = template
    return made


def save(folder: Path, words: Any, model: Any, **generation: Any) -> Path:
    """Write a checkpoint; `generation` is what its generation_config.json says."""
    from transformers import GenerationConfig

    words.save_pretrained(folder)
    model.generation_config = GenerationConfig(**generation)
    model.save_pretrained(folder)
    return folder


def gemma3(folder: Path, template: str = GEMMA3, **changes: Any) -> Path:
    """Write a Gemma 3 that reads text only; its generation_config.json asks for sampling, as the hub's does."""
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    words = gemma_words(template)
    torch.manual_seed(0)
    config = Gemma3TextConfig(**_gemma(words), **changes)
    ends = [words.convert_tokens_to_ids(token) for token in ("<eos>", "<end_of_turn>")]
    return save(
        folder, words, Gemma3ForCausalLM(config).eval(),
        do_sample=True, top_k=64, top_p=0.95, eos_token_id=ends, pad_token_id=words.pad_token_id,
    )  # fmt: skip


def gemma3_with_images(folder: Path) -> Path:
    """Write a Gemma 3 of the larger sizes, which reads images too: its text model is nested in its configuration."""
    import torch
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3TextConfig, SiglipVisionConfig

    words = gemma_words(GEMMA3)
    torch.manual_seed(0)
    vision = SiglipVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14
    )
    config = Gemma3Config(
        text_config=Gemma3TextConfig(**_gemma(words)), vision_config=vision, mm_tokens_per_image=4,
        image_token_index=words.convert_tokens_to_ids("<image>"), boi_token_index=0, eoi_token_index=1,
    )  # fmt: skip
    ends = [words.convert_tokens_to_ids(token) for token in ("<eos>", "<end_of_turn>")]
    return save(folder, words, Gemma3ForConditionalGeneration(config).eval(), eos_token_id=ends)


def gemma_words(template: str) -> Any:
    special = ("<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "<image>")
    return tokenizer(
        template, special=special, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"
    )


def _gemma(words: Any) -> Mapping[str, Any]:
    return {
        **SIZES, "vocab_size": len(words), "sliding_window": 64, "layer_types": ["sliding_attention", "full_attention"],
        "bos_token_id": words.bos_token_id, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id,
    }  # fmt: skip


def qwen3(folder: Path, template: str = QWEN3, **changes: Any) -> Path:
    """Write a Qwen 3, whose template switches thinking off."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    words = tokenizer(
        template, special=("<|endoftext|>", "<|im_start|>", "<|im_end|>"), plain=("<think>", "</think>"),
        eos_token="<|im_end|>", pad_token="<|endoftext|>",
    )  # fmt: skip
    torch.manual_seed(0)
    config = Qwen3Config(
        **{**SIZES, **changes}, vocab_size=len(words), eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id
    )
    return save(
        folder, words, Qwen3ForCausalLM(config).eval(),
        do_sample=True, temperature=0.6, top_k=20, top_p=0.95, eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )  # fmt: skip


def llama3(folder: Path, template: str = LLAMA3, **changes: Any) -> Path:
    """Write a Llama 3.2, whose template writes the day."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    special = ("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    words = tokenizer(template, special=special, bos_token="<|begin_of_text|>", eos_token="<|eot_id|>")
    torch.manual_seed(0)
    config = LlamaConfig(**{**SIZES, **changes}, vocab_size=len(words), bos_token_id=0, eos_token_id=words.eos_token_id)
    return save(folder, words, LlamaForCausalLM(config).eval(), eos_token_id=words.eos_token_id)


BUILDERS: Mapping[str, Callable[..., Path]] = {"gemma3": gemma3, "qwen3": qwen3, "llama3": llama3}
