"""Record what produced a run, so that its numbers can be traced."""

from __future__ import annotations

import getpass
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import harness
from harness.core import files, registry


@cache
def describe() -> dict[str, Any]:
    """Return the processor, the number of CPUs that this process may use, and the GPUs with their driver."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "cpus": available,
        "gpus": _gpus(),
    }


def _cpu() -> str:
    with suppress(OSError):
        name = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
        if name:
            return name[1]
    return platform.processor() or platform.machine()


def _gpus() -> list[dict[str, str]]:
    if not Path("/dev/nvidiactl").exists():
        return []
    fields = ("name", "driver_version", "memory.total")
    try:
        answer = subprocess.run(
            ["nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return []
    rows = [[value.strip() for value in line.split(",")] for line in answer.splitlines() if line.strip()]
    return [dict(zip(("name", "driver", "memory"), row, strict=False)) for row in rows]


_PACKAGE = Path(harness.__file__).parent  # all of it, whatever folder this file is in

# The libraries whose version can change an output or a score.
_LIBRARIES = (
    "hindi-eval-harness", "huggingface-hub", "numpy", "rapidfuzz", "regex", "rouge-score", "sacrebleu", "sacremoses",
    "sentencepiece", "tokenizers", "torch", "transformers",
)  # fmt: skip


_NAMES = "(?:token|password|passwd|pwd|secret|credentials?|api[_-]?key|authorization)"
# Secrets that a manifest must not contain, although a command line may: tokens of the hub, values after a name such as
# "password", and the user and password in an address.
_SECRETS = (
    (re.compile(r"\bhf_[A-Za-z0-9]{4,}"), "***"),
    (re.compile(rf"(?i)((?<![a-z]){_NAMES}\s*[=:]\s*).+"), r"\1***"),
    (re.compile(r"(?i)(bearer\s+)\S+"), r"\1***"),
    (re.compile(r"(\w+://)[^/\s@]+@"), r"\1***@"),
)
_TELLING = re.compile(rf"(?i)-+(?:[\w-]*[_-])?{_NAMES}")


def collect(command: Sequence[str], started: str | None = None) -> dict[str, Any]:
    """Return the facts that are known when a run starts; imports none of the libraries whose versions it reports."""
    return {
        "started": started or now(),
        "command": without_secrets(command),
        "git": _git(_PACKAGE),
        "code": code(),
        "python": platform.python_version(),
        **describe(),
        "executable": sys.executable,
        "libraries": libraries(),
    }


def without_secrets(command: Sequence[str]) -> list[str]:
    """Return a command line with *** for everything that looks like a token, a password or a login."""
    shown = []
    for before, argument in zip(["", *command], command, strict=False):
        if _TELLING.fullmatch(before) and not argument.startswith("-"):
            argument = "***"
        for pattern, instead in _SECRETS:
            argument = pattern.sub(instead, argument)
        shown.append(argument)
    return shown


@cache
def code() -> str:
    """Return the digest of the source files of the harness and of packages with plugins, committed or not."""
    own = {str(path.relative_to(_PACKAGE)): path for path in sorted(_PACKAGE.rglob("*.py"))}
    return files.digest_json({name: files.digest_file(path) for name, path in {**own, **registry.sources()}.items()})


@cache
def libraries() -> dict[str, str]:
    """Return the versions of the libraries that can change an output or a score."""
    return {name: installed for name in _LIBRARIES if (installed := _version(name))} | registry.packages()


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def user(folder: Path) -> str | None:
    """Return the user of a folder: git's user name and address for commits there, else the login's name."""
    name, address = (_ask_git(folder, "config", key) for key in ("user.name", "user.email"))
    if name:
        return f"{name} <{address}>" if address else name
    try:
        return address or getpass.getuser()
    except (OSError, KeyError, ImportError):  # in a container an account may have no name
        return None


def commit(folder: Path) -> str | None:
    """Return the commit that is checked out in the repository around a folder; None outside one."""
    return _ask_git(folder, "rev-parse", "HEAD")


def _ask_git(folder: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return answer.strip() or None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any] | None:
    """Return the commit of the harness's own checkout and whether it was changed; None outside a checkout.

    An installed copy can be inside another repository (a project's virtual environment), where git does not track it.
    """
    try:
        _, commit, status = (
            subprocess.run(
                ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=True
            ).stdout
            for arguments in (
                ("ls-files", "--error-unmatch", "__init__.py"),
                ("rev-parse", "HEAD"),
                ("status", "--porcelain", "--", "."),
            )
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit.strip(), "dirty": bool(status.strip())}
