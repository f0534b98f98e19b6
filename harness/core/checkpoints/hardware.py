"""Choose the device and the floating-point type for this machine if a config says `auto`."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from harness.core.errors import ModelError

# Device files of NVIDIA's and AMD's drivers, and of Windows's GPUs in a Linux guest.
_DRIVERS = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")


def device(wanted: str) -> str:
    """Return the wanted device; "auto" is CUDA if torch has it, else Apple's MPS, else the CPU.

    Raises:
        ModelError: torch does not see the wanted device.
    """
    if wanted == "cpu":
        return "cpu"
    available = _devices()
    if wanted == "auto":
        return next((name for name in available if name in ("cuda", "mps")), "cpu")
    if wanted not in available:
        raise ModelError(
            f"torch sees {', '.join(available)} here; choose one of these, or leave device: auto",
            where=f"device {wanted}",
        )
    return wanted


def dtype(wanted: str, on: str) -> str:
    """Return the wanted floating-point type; "auto" is bfloat16 on a GPU that computes in it, else float32.

    A CPU always gets float32: in bfloat16 the other sources in a batch can change an output.
    """
    if wanted != "auto":
        return wanted
    if on.startswith("cuda"):
        import torch

        # A GPU that emulates bfloat16 is slower in it than in float32.
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "float32"


def memory(device: str) -> int | None:
    """Return how many bytes of memory a device has in all; None if that is not known."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


@cache
def _devices() -> tuple[str, ...]:
    # Importing torch takes seconds, and a machine without a driver needs no torch to know that it has no GPU.
    if sys.platform == "linux" and not any(Path(driver).exists() for driver in _DRIVERS):
        return ("cpu",)
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ("cuda", *(f"cuda:{number}" for number in range(count))) if count else ()
    return (*cuda, *(("mps",) if torch.backends.mps.is_available() else ()), "cpu")
