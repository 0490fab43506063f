"""A model whose numbers break on one text: the row is named, and the others are not computed again."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import ArithmeticEngine

from bge_demo.checkpoints.cards import resolve
from bge_demo.encoder.engines import HeadOutputs, TokenIds
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError
from bge_demo.text.tokens import Tokenizer

TEXTS = ["Leave is 25 days.", "Příloha č. 3, § 12 odst. 1 písm. b)", "Pay day."]


class BreakingEngine(ArithmeticEngine):
    """Gives a head of every text with the token `poison` a number that is none."""

    poison = -1
    head = "dense"
    n_sequences = 0

    def forward(self, token_ids: TokenIds, attention_mask: TokenIds, colbert: bool) -> HeadOutputs:
        self.n_sequences += len(token_ids)
        made = super().forward(token_ids, attention_mask, colbert)
        hit = (token_ids == self.poison).any(axis=1)
        values = {name: np.array(getattr(made, name)) for name in ("dense", "token_weights", "colbert")}
        values[self.head][hit] = np.nan if self.head == "dense" else np.inf
        return HeadOutputs(**values)


@pytest.mark.parametrize("head", ["dense", "token_weights", "colbert"])
def test_a_row_whose_numbers_are_not_finite_is_named(head: str) -> None:
    checkpoint = resolve("m3-compact")
    engine = BreakingEngine()
    encoder = TextEncoder(checkpoint, Tokenizer.from_folder(checkpoint.folder), engine)
    engine.head, engine.poison = head, encoder.tokenize([TEXTS[1]])[0].ids[3]
    with pytest.raises(InputError, match=r"Row 2 \('Příloha.* not finite"):
        encoder.encode(TEXTS)
    before = engine.n_sequences
    made = encoder.encode([TEXTS[0], TEXTS[2]])
    assert engine.n_sequences == before
    assert made.dense is not None
    assert np.isfinite(made.dense).all()
