"""The parts of the family of local chat models: its options, its tokenizer with the checkpoint's template, its model.

Everything about prompts and answers that an endpoint has too is in `harness.models._prompts` and `_answers`.
"""
