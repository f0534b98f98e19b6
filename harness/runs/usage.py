"""Sum up what systems behind endpoints used: tokens as their servers count them, and what they cost; pure."""

from __future__ import annotations

from harness.runs.generate import Result


def of(result: Result) -> dict[str, int | float]:
    """Return the sums of what an endpoint says of its answers, with those that measure noise; empty for other systems.

    Answers that got lost on their way are not in it; `results/endpoints/` has what they cost at most.
    """
    if "served_model" not in result.identity:
        return {}
    every = [each for of in (*result.generations.values(), *result.repeats.values()) for each in of]
    sums: dict[str, int | float] = {
        "answers": len(every),
        "completion_tokens": sum(each.output_tokens or 0 for each in every),
    }
    for name in ("prompt_tokens", "cached_tokens", "thought_tokens", "cost"):
        values = [value for each in every if isinstance(value := each.facts.get(name), int | float)]
        if values:
            sums[name] = round(sum(values), 9)
    return sums


def note(result: Result, currency: str) -> str:
    """Return in one line what a system used; empty for a system without an endpoint."""
    used = of(result)
    if not used:
        return ""
    parts = [f"{used['answers']:,} answers"]
    for name, words in (
        ("prompt_tokens", "tokens of prompts"),
        ("cached_tokens", "of them cached"),
        ("completion_tokens", "tokens of answers"),
        ("thought_tokens", "of them thought"),
    ):
        if name in used:
            parts.append(f"{used[name]:,} {words}")
    if "cost" in used:
        parts.append(f"cost {used['cost']:,.4f} {currency}".rstrip())
    return f"{', '.join(parts)} (all segments of the task)"
