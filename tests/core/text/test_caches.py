"""The caches of texts can be emptied, so that a run on many datasets does not keep every text."""

from harness.core.text import caches, names, sounds


def test_what_was_computed_for_texts_is_forgotten() -> None:
    before = sounds.of("राम")
    assert sounds.of.cache_info().currsize
    caches.clear()
    cached = [each for module in (names, sounds) for each in vars(module).values() if hasattr(each, "cache_info")]
    assert cached and all(each.cache_info().currsize == 0 for each in cached)
    assert sounds.of("राम") == before
