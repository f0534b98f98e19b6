"""Empty the caches of this package. They serve the texts of one test set; those of a hundred do not fit into memory."""

from __future__ import annotations

import sys


def clear() -> None:
    """Forget what was computed for texts; what is computed once for the process, such as a lexicon, is kept."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{__package__}."):
            for value in list(vars(module).values()):
                describe, forget = getattr(value, "cache_info", None), getattr(value, "cache_clear", None)
                if callable(describe) and callable(forget) and (describe().maxsize or 0) > 1:
                    forget()
