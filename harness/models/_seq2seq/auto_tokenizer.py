"""Read a checkpoint's tokenizer with transformers."""

from __future__ import annotations

from typing import Any

from harness.core.checkpoints import Checkpoint
from harness.core.errors import ModelError


def read(checkpoint: Checkpoint) -> Any:
    """Return the checkpoint's tokenizer.

    Raises:
        ModelError: transformers cannot read it.
    """
    from transformers import AutoTokenizer

    try:
        # A tokenizer that is code of the checkpoint is refused: nothing of it runs.
        return AutoTokenizer.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the library raises many kinds
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"transformers could not read its tokenizer ({reason}); save it again with save_pretrained, which writes "
            "tokenizer.json",
            where=checkpoint.label,
        ) from None
