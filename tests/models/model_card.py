"""Write the README.md of a tiny checkpoint: what it is, how it was trained, and which scores it reaches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

CARDS = {
    "indictrans2": """# tiny-indictrans2: IndicTrans2's architecture, trained on generated news

**For tests only.** A model of {parameters:,} parameters in the layout of ai4bharat/indictrans2-indic-en-dist-200M
(normalised embeddings, a shared output layer, two vocabularies) that translates Hindi into English, sentence by
sentence. It has read the sentences of one generator (tests/models/generated_news.py) and nothing else, so it is poor on
real news by design.
""",
    "mt5": """# tiny-mt5: mT5's architecture, trained on generated news

**For tests only.** A model of {parameters:,} parameters in the layout of csebuetnlp/mT5_multilingual_XLSum, its output
layer shared with its embedding, that writes one Hindi sentence for a short Hindi item. It has read the items of one
generator (tests/models/generated_news.py) and nothing else, so it is poor on real news by design.
""",
}
UNSEEN = {
    "indictrans2": """- Beam search: CI decodes without beams (see tests/models/indictrans2/test_network.py).
- The nukta rules of the normaliser: sentencepiece's own NFKC changes these letters in the same way. The gate does see
  punctuation and digits.
- A wrong language code of the target: the model knows one direction. The gate sees missing codes only because the model
  was taught to answer nothing without them.
- Cutting at clauses, because no generated sentence is too long; and languages other than Hindi and English.
- Small changes of few segments: a drop of less than a point that the paired test cannot tell from chance.""",
    "mt5": """- Beams, repeated n-grams, sampling, sections, prefixes: CI uses none (see tests/models/test_mt5.py).
- Hindi normalisation before scoring: ROUGE's words merge both spellings of a letter with nukta anyway.
- Copying of names: the model has not learnt to copy a name that it has not read, and writes another one. A wrong name
  costs only a few words of a summary.
- An attention mask that is ignored: padding on the right of an item hardly changes its summary.
- Language codes, placeholders, detokenisation, a second vocabulary: mT5 has none of these.""",
}
CARD = """
## How it was made

`python -m tests.models.train {family}`, with seed {seed}: {examples:,} examples of {items:,} generated items,
{steps:,} steps, {minutes:.1f} minutes ({cpu:.1f} minutes of CPU time) with {threads} thread(s); torch {torch},
transformers {transformers}. The weights are stored in float16.

![loss](loss.svg)

| step | loss (cross-entropy with 0.1 of label smoothing, nats a token) |
| ---: | ---: |
{rows}

## What it reaches

On the 60 items of references/generated-news, decoded as its config.json says: {reached}.
About seven in ten names of these items are not in the training data. CI decodes without beams, with slightly lower
scores.

## What the gate cannot see with it

{unseen}

The gate sees each of the faults that tests/gate/test_ci_gate.py puts into this model's pipeline.

## Licence

Creative Commons Attribution 4.0 (CC BY 4.0), like the data that it was made from.
"""


def card(family: str, measured: Mapping[str, Any], reached: Mapping[str, float]) -> str:
    """Return the model card."""
    rows = measured["curve"][:: max(1, len(measured["curve"]) // 10)]
    if rows[-1] != measured["curve"][-1]:
        rows.append(measured["curve"][-1])
    return CARDS[family].format(**measured) + CARD.format(
        family=family,
        unseen=UNSEEN[family],
        seed=measured["seed"],
        items=measured["items"],
        examples=measured["examples"],
        steps=measured["steps"],
        minutes=measured["seconds"] / 60,
        cpu=measured["cpu_seconds"] / 60,
        threads=measured["threads"],
        torch=version("torch").partition("+")[0],
        transformers=version("transformers"),
        rows="\n".join(f"| {step:,} | {loss:.3f} |" for step, loss in rows),
        reached=", ".join(f"{name} {value:.1f}" for name, value in reached.items()),
    )


def curve(points: Sequence[tuple[int, float]]) -> str:
    """Return the loss over the steps as a picture (SVG)."""
    width, height, left, bottom = 560, 260, 50, 30
    last, most = points[-1][0], math.ceil(max(loss for _, loss in points))

    def place(step: float, loss: float) -> str:
        x = left + (width - left - 10) * step / last
        return f"{x:.1f},{10 + (height - bottom - 10) * (1 - loss / most):.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for value in range(most + 1):
        x, y = place(0, value).split(",")
        end = place(last, value)
        lines.append(f'<polyline points="{x},{y} {end}" fill="none" stroke="#ddd"/>')
        lines.append(f'<text x="{left - 8}" y="{float(y) + 4:.1f}" text-anchor="end">{value}</text>')
    for step in (0, last // 2, last):
        x = place(step, 0).split(",")[0]
        side = "end" if step == last else "middle"
        lines.append(f'<text x="{x}" y="{height - 10}" text-anchor="{side}">{step:,}</text>')
    lines.append(f'<text x="{width - 14}" y="24" text-anchor="end">loss, nats a token, by step</text>')
    path = " ".join(place(*point) for point in points)
    lines.append(f'<polyline points="{path}" fill="none" stroke="#0050b3" stroke-width="2"/>')
    return "\n".join([*lines, "</svg>", ""])
