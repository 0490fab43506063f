"""How emoji are read: each is a piece, and what only shapes one is dropped without moving the offsets."""

from __future__ import annotations

import pytest

from bge_demo.encoder import TextEncoder
from tools.compact_model.tokenizer import SPECIAL, build_tokenizer, is_emoji, spoken


def test_an_emoji_is_spoken_by_its_name_and_anything_else_as_it_stands() -> None:
    assert spoken("🍕") == "slice of pizza"
    assert [spoken(piece) for piece in ("Pizza", "👍🏽", "🏽")] == ["Pizza", "👍🏽", "🏽"]
    assert is_emoji("🍕")
    assert not any(map(is_emoji, ("🏽", "\ufe0f", "a", "🍕🍕")))


@pytest.mark.parametrize("shaped", ["👍🏽", "👍\ufe0f"])
def test_what_only_shapes_an_emoji_is_dropped(shaped: str) -> None:
    tokenizer = build_tokenizer([("▁", -2.0), ("👍", -2.0), ("a", -3.0)])
    plain, found = tokenizer.encode("👍a"), tokenizer.encode(f"{shaped}a")
    assert found.ids == plain.ids
    start, end = found.offsets[-2]
    assert f"{shaped}a"[start:end] == "a"


def test_the_shipped_tokenizer_tells_emoji_apart(compact: TextEncoder) -> None:
    start, unknown = 2, SPECIAL.index("<unk>")  # The start mark and a space.
    happy, rainy = ([*text.ids][start:-1] for text in compact.tokenize(["😀🎉", "🚗🌧\ufe0f"]))
    assert len(happy) == len(rainy) == 2
    assert len({*happy, *rainy} - {unknown}) == 4
