"""Texts for property tests: any at all, and made of the pieces that the rules for Hindi speak about."""

import os
import random
from collections.abc import Iterator, Sequence

from hypothesis import settings
from hypothesis import strategies as st

NUKTA, ZWNJ, ZWJ = "\u093c", "\u200c", "\u200d"

# Any str, surrogates included; and text made of the pieces that the rules speak about, where they collide.
ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)
PIECES = (
    "वह गया अत: दु:ख छ: प्रात:काल कहा: डॉ. एस.एम.एस. ए. पी. आई. जी. रु. Dr. U.S. J. The He said asked etc. No. "
    "पूछा कहा उन्होंने का २००६ 10:30 १०:३० 3,500 50,00,000 3.5 1. 14वें @VikramMisri a.b@c.in https://a.in/x?y=1 "
    "। ॥ ।। ? ! ?! . .. ... … | || ( ) [ ] \" ' "
    "“ ” ‘ ’ « » ` ´ '' , : ; - – — × é e\u0301 İ \u0929 \u0928\u093c \u095b \u0901 \u094d \u0947"
).split()
INVISIBLE = [
    "\u200b",
    ZWNJ,
    ZWJ,
    "\ufeff",
    "\u00ad",
    "\u2060",
    "\u034f",
    "\u00a0",
    "\n",
    "\r\n",
    "\u2028",
    "\t",
    " ",
    " ",
]
MADE_TEXT = st.lists(st.sampled_from(PIECES + INVISIBLE * 3), max_size=30).map("".join)
TEXT = ANY_TEXT | MADE_TEXT
bounded = settings(max_examples=100, derandomize=True, deadline=None, database=None)

# How many random strings per language or scheme our own code is compared on with a library; 10,000 were tried by hand:
# HARNESS_RANDOM_STRINGS=10000 pytest tests/models/indictrans2/test_scripts.py tests/models/test_romanisation.py
RANDOM_STRINGS = int(os.environ.get("HARNESS_RANDOM_STRINGS", "500"))


def random_strings(seed: str, pools: Sequence[Sequence[str]], count: int = RANDOM_STRINGS) -> Iterator[str]:
    """Yield strings of up to 40 pieces, each made of some of the pools, so that their pieces often meet."""
    chance = random.Random(seed)
    for _ in range(count):
        chosen = chance.sample(pools, chance.randint(1, len(pools)))
        yield "".join(chance.choice(chance.choice(chosen)) for _ in range(chance.randint(0, 40)))
