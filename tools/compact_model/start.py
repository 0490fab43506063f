"""Where training begins: multilingual-e5-small in XLM-RoBERTa's layout, over the pruned vocabulary. Trains
nothing.

The layouts differ only in names and in XLM-RoBERTa's two unused first positions: on texts whose pieces
were all kept the hidden states are e5's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from tools.compact_model.e5 import E5File, bert_model

if TYPE_CHECKING:
    from transformers import XLMRobertaConfig, XLMRobertaModel

POSITIONS = 8_194
# XLM-RoBERTa counts positions from padding's id on.
FIRST_POSITION = 2
PADDING = 1
# The rows that repeat beyond e5's 512: not the first ones, where texts begin.
REPEATED_FROM = 16


def start_model(file: E5File, kept: Sequence[int]) -> XLMRobertaModel:
    """e5 with these pieces, its positions going on to POSITIONS."""
    from transformers import XLMRobertaModel

    original = bert_model(file).state_dict()
    model = XLMRobertaModel(start_config(file, len(kept)), add_pooling_layer=False)
    weights = {name: original[name] for name in model.state_dict() if name in original}
    weights["embeddings.word_embeddings.weight"] = original["embeddings.word_embeddings.weight"][
        torch.tensor(kept)
    ]
    weights["embeddings.position_embeddings.weight"] = long_positions(
        original["embeddings.position_embeddings.weight"]
    )
    weights["embeddings.token_type_embeddings.weight"] = original["embeddings.token_type_embeddings.weight"][
        :1
    ]
    model.load_state_dict(weights)
    return model


def start_config(file: E5File, vocabulary: int) -> XLMRobertaConfig:
    """XLM-RoBERTa's settings with e5's sizes."""
    from transformers import XLMRobertaConfig

    return XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.intermediate,
        max_position_embeddings=POSITIONS,
        type_vocab_size=1,
        layer_norm_eps=file.norm_epsilon,
        pad_token_id=PADDING,
        bos_token_id=0,
        eos_token_id=2,
    )


def long_positions(rows: Tensor) -> Tensor:
    """(512, hidden) -> (POSITIONS, hidden): the rows two places on, then those from REPEATED_FROM on again
    and again.

    Attention looks at differences of positions, which a repetition keeps but at its seams.
    """
    beyond = torch.arange(POSITIONS - FIRST_POSITION - len(rows)) % (len(rows) - REPEATED_FROM)
    return torch.cat([torch.zeros_like(rows[:FIRST_POSITION]), rows, rows[REPEATED_FROM + beyond]])
