"""Notes on licences below a table, if the config asks for them (`licences: true`)."""

from __future__ import annotations

import re

from harness.models import SystemOptions

# Creative Commons: NC is a part of the name. Other licences say it in words.
_NON_COMMERCIAL = re.compile(r"(?<![a-z])(nc|non-?commercial)(?![a-z])", re.IGNORECASE)


def forbids_commercial_use(licence: str) -> bool:
    """Return whether the name of a licence says that it forbids commercial use."""
    return _NON_COMMERCIAL.search(licence) is not None


def note(options: SystemOptions) -> str | None:
    """Return a note on the licences of a system's weights that forbid commercial use or are not known; else None.

    May ask a hub.
    """
    notes = []
    for name, licence in options.licences().items():
        if licence is None:
            notes.append(f"licence of {name}: not known here")
        elif forbids_commercial_use(licence):
            notes.append(f"licence of {name}: {licence}, which forbids commercial use")
    return "; ".join(notes) or None
