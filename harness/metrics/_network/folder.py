"""Checkpoints of metrics in local folders: the files of one, and what identifies it in a config's digest."""

from __future__ import annotations

from pathlib import Path

from harness.core import checkpoints
from harness.core.checkpoints import Checkpoint
from harness.core.errors import InputError


def in_folder(folder: Path, needed: str = "config.json") -> Checkpoint:
    """Return the checkpoint in a folder, with the files in folders below it.

    Raises:
        InputError: the folder does not exist, cannot be read, or lacks the file that is needed.
    """
    try:
        if not folder.is_dir():
            raise InputError("expected a checkpoint's folder, found none", where=folder)
        found: dict[str, int | None] = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in sorted([*folder.glob("*"), *folder.glob("*/*")])
            if path.is_file()
        }
    except OSError as error:
        raise InputError(f"could not read the folder ({error.strerror})", where=folder) from None
    if needed not in found:
        content = ", ".join([*found][:5]) or "no file"
        raise InputError(f"not a checkpoint: no {needed} in it (it contains {content})", where=folder)
    return Checkpoint(name=str(folder), commit=None, folder=folder, files=found)


def digest(folder: Path, pickle: str | None) -> str:
    """Return a digest of the files in a checkpoint's folder; "absent" without one."""
    try:
        found = in_folder(folder, "hparams.yaml" if (folder / "hparams.yaml").exists() else "config.json")
    except InputError:
        return "absent"
    names = [name for name in found.files if Path(name).suffix in (".yaml", ".json", ".model", ".safetensors", ".ckpt")]
    return checkpoints.digest(found, names, (pickle,) if pickle in found.files and pickle else ())
