"""Training begins from e5's own weights in XLM-RoBERTa's layout, over pieces of BGE-M3's tokenizer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_e5 import HIDDEN, PIECES, POSITIONS, write_model

from tools.compact_model import start
from tools.compact_model.e5 import E5File, bert_model
from tools.compact_model.start import FIRST_POSITION, REPEATED_FROM, long_positions, start_model
from tools.compact_model.tokenizer import (
    END,
    START,
    build_tokenizer,
    full_tokenizer,
    is_kept_character,
    kept_pieces,
    worded_pieces,
)

KEPT = [0, 1, 2, 3, 4, 6, len(PIECES) - 1]


@pytest.fixture
def file(tmp_path: Path) -> E5File:
    path = tmp_path / "model.bin"
    write_model(path)
    return E5File(path)


def test_the_hidden_states_are_e5s_own(file: E5File, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "REPEATED_FROM", 2)
    original, started = bert_model(file).eval(), start_model(file, KEPT).eval()
    with torch.no_grad():
        wanted = original(torch.tensor([[0, 4, 6, 4, 2]])).last_hidden_state
        found = started(torch.tensor([[START, 4, 5, 4, END]])).last_hidden_state
    assert found.numpy() == pytest.approx(wanted.numpy(), abs=1e-5)
    assert started.config.vocab_size == len(KEPT)


def test_positions_go_on_with_all_but_the_first_rows_again() -> None:
    rows = torch.arange(512.0)[:, None].expand(512, 2)
    made = long_positions(rows)
    assert made.shape == (8194, 2)
    assert made[:FIRST_POSITION].abs().sum() == 0
    assert torch.equal(made[FIRST_POSITION : FIRST_POSITION + 512], rows)
    assert made[FIRST_POSITION + 512, 0] == REPEATED_FROM
    period = 512 - REPEATED_FROM
    assert torch.equal(made[FIRST_POSITION + 512 : -period], made[FIRST_POSITION + 512 + period :])


def test_the_file_has_a_few_positions(file: E5File) -> None:
    assert file.positions == POSITIONS
    assert file.hidden == HIDDEN


def test_a_text_falls_into_the_pieces_it_has_in_the_whole_vocabulary(file: E5File) -> None:
    whole, pruned = full_tokenizer(file), build_tokenizer(file, KEPT)
    assert whole.encode("dog").tokens == ["<s>", "▁dog", "</s>"]
    assert pruned.encode("dog  dog").tokens == ["<s>", "▁dog", "▁dog", "</s>"]
    assert pruned.encode("x").ids == [0, 4, 3, 2]


def test_characters_are_normalised_as_bge_m3_does(file: E5File) -> None:
    assert full_tokenizer(file).normalizer.normalize_str("ｄｏｇ　①  ﬁ") == "dog 1 fi"


@pytest.mark.parametrize(
    ("piece", "kept"),
    [("▁", True), ("水", True), ("▁水", True), ("🍕", True), ("🇨", True), ("水平", False), ("ሀ", False)],
)
def test_single_characters_are_kept_but_those_of_other_scripts(piece: str, kept: bool) -> None:
    assert is_kept_character(piece) == kept


def test_marks_and_characters_come_before_the_most_used_pieces(file: E5File) -> None:
    marks = [0, 1, 2, 3, len(PIECES) - 1]
    characters = [at for at, (piece, _) in enumerate(file.pieces) if is_kept_character(piece)]
    room = len(marks) + len(characters) + 1
    kept = kept_pieces(file, ["en", "en"], ["cat cat cat", "dog"], room)
    words = [file.pieces[at][0] for at in kept if at not in {*marks, *characters}]
    assert words == ["▁cat"]
    assert kept == sorted({*kept, *marks, *characters})


def test_only_letters_digits_and_symbols_tell_something(file: E5File) -> None:
    told = [file.pieces[at][0] for at in np.nonzero(worded_pieces(full_tokenizer(file)))[0]]
    assert told == ["▁cat", "▁dog", "d", "🍕"]
