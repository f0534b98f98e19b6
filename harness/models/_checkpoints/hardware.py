"""What `auto` means on this machine: which device, and which floating-point type."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from harness.core.errors import ModelError

# Device files of NVIDIA's and AMD's drivers, and of Windows's GPUs in a Linux guest.
_DRIVERS = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/kfd", "/dev/dxg")


def device(wanted: str) -> str:
    """Return the device for a wanted one: "auto" is CUDA where torch has it, then Apple's MPS, then the CPU.

    Raises:
        ModelError: torch does not see the wanted device.
    """
    if wanted == "cpu":
        return "cpu"
    found = _devices()
    if wanted == "auto":
        return next((name for name in found if name in ("cuda", "mps")), "cpu")
    if wanted not in found:
        raise ModelError(
            f"device {wanted}: torch sees {', '.join(found)} here; choose one of these, or leave device: auto"
        )
    return wanted


def dtype(wanted: str, on: str) -> str:
    """Return the type for a wanted one on a device: "auto" is bfloat16 where a GPU computes in it, else float32.

    A CPU gets float32 even if it knows bfloat16: there the batch must never change an output.
    """
    if wanted != "auto":
        return wanted
    if on.startswith("cuda"):
        import torch

        # Without emulation: a GPU that must emulate the type is slower with it than without.
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "float32"


@cache
def _devices() -> tuple[str, ...]:
    # Importing torch takes seconds, and a machine without a driver needs no torch to know that it has no GPU.
    if sys.platform == "linux" and not any(Path(driver).exists() for driver in _DRIVERS):
        return ("cpu",)
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = ("cuda", *(f"cuda:{number}" for number in range(count))) if count else ()
    return (*cuda, *(("mps",) if torch.backends.mps.is_available() else ()), "cpu")
