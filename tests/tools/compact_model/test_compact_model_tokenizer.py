"""How the shipped tokenizer reads emoji and flags, and that its pieces can be named by BGE-M3's ids."""

from __future__ import annotations

import json

from bge_demo.checkpoints.cards import M3_COMPACT
from bge_demo.encoder.text_encoder import TextEncoder
from tools.compact_model.tokenizer import MASK, SPECIAL

FULL_VOCABULARY = 250_002


def bge_m3_ids() -> list[int]:
    assert M3_COMPACT.folder is not None
    ids: list[int] = json.loads((M3_COMPACT.folder / "bge_m3_ids.json").read_text("utf-8"))
    return ids


def test_the_shipped_tokenizer_tells_emoji_and_flags_apart(compact: TextEncoder) -> None:
    unknown = SPECIAL.index("<unk>")
    texts = compact.tokenize(["😀🎉", "🚗🍕", "🇨🇳", "🇯🇵"])
    ids = [tuple(token.id for token in text.tokens) for text in texts]
    assert len(set(ids)) == len(ids)
    assert not any(unknown in one for one in ids)


def test_upper_and_lower_case_are_two_texts(compact: TextEncoder) -> None:
    apple, fruit = compact.tokenize(["Apple", "apple"])
    assert apple.ids != fruit.ids


def test_every_piece_has_its_id_in_bge_m3(compact: TextEncoder) -> None:
    ids = bge_m3_ids()
    assert len(ids) == len(set(ids))
    assert ids == sorted(ids)
    assert ids[: len(SPECIAL)] == list(range(len(SPECIAL)))
    assert ids[-1] == FULL_VOCABULARY - 1
    # Known from BGE-M3's published vocabulary.
    known = {",": 4, ".": 5, "▁": 6}
    found = {t.piece: ids[t.id] for text in compact.tokenize(["a,b.", "水 🍕"]) for t in text.tokens}
    assert {piece: found[piece] for piece in known} == known
    assert compact.tokenize([MASK])[0].ids[1] == len(ids) - 1
