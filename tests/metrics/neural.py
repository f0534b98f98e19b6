"""Assemble the tiny checkpoints of tests/data/neural as the official packages read them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.paths import DATA

GOLDEN = DATA / "neural"
ROWS = 250_112  # of mT5's embedding and head
_FIRST_ROW = 250_088  # of the head's rows that are not zero


def assemble(folder: Path) -> Path:
    """Write all checkpoints and their encoders below a folder, and return it. `pretrained_model` is relative to it."""
    for name in ("comet-da", "cometkiwi", "xcomet"):
        shutil.copytree(GOLDEN / name, folder / name, ignore=shutil.ignore_patterns("expected.json"))
    for name in ("encoders/tiny-xlmr", "encoders/tiny-xlmr-xl", "bertscore/model"):
        shutil.copytree(GOLDEN / name, folder / name)
        shutil.copytree(GOLDEN / "tokenizer", folder / name, dirs_exist_ok=True)
    return folder


def assemble_metricx(folder: Path) -> Path:
    """Write the checkpoint of MetricX with all 250,112 rows of its embedding and head (16 MB) below a folder."""
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(
        GOLDEN / "metricx24", folder / "metricx24", ignore=shutil.ignore_patterns("expected.json", "cut.safetensors")
    )
    tensors = load_file(GOLDEN / "metricx24" / "cut.safetensors")
    rows, known = tensors.pop("rows"), tensors["shared.weight"]
    shared, head = torch.zeros(ROWS, rows.shape[1]), torch.zeros(ROWS, rows.shape[1])
    shared[: len(known)] = known
    head[_FIRST_ROW : _FIRST_ROW + len(rows)] = rows
    save_file(
        tensors | {"shared.weight": shared, "lm_head.weight": head}, folder / "metricx24" / "model.safetensors",
        metadata={"format": "pt"},
    )  # fmt: skip
    return folder / "metricx24"


def expected(name: str) -> dict[str, Any]:
    """Return what the official code says of a checkpoint."""
    content: dict[str, Any] = json.loads((GOLDEN / name / "expected.json").read_text(encoding="utf-8"))
    return content
