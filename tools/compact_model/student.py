"""The network that is trained: XLM-RoBERTa with BGE-M3's two heads. Its token table stands apart
(`table.py`).

The backbone may compute in bf16; the heads and all that is made of its output are fp32.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.compact_model.start import FIRST_POSITION
from tools.compact_model.texts import Texts

if TYPE_CHECKING:
    from transformers import XLMRobertaModel

# torch's fused attention is slow to train on short texts, and the plain one takes much memory on long ones.
LONGEST_PLAIN = 256
FIRST_WEIGHT = 0.15


class Student(nn.Module):
    """The layers, the heads, and a map onto the teachers' vectors that only training needs."""

    def __init__(self, backbone: XLMRobertaModel, n_targets: int) -> None:
        super().__init__()
        hidden = backbone.config.hidden_size
        self.backbone = backbone
        self.to_teacher = nn.Linear(hidden, n_targets, bias=False)
        self.colbert, self.sparse = nn.Linear(hidden, hidden), nn.Linear(hidden, 1)
        # ColBERT's rows begin as the tokens themselves, all weights alike.
        nn.init.eye_(self.colbert.weight)
        nn.init.zeros_(self.colbert.bias)
        nn.init.zeros_(self.sparse.weight)
        nn.init.constant_(self.sparse.bias, FIRST_WEIGHT)

    def forward(self, texts: Texts, rows: Tensor) -> Tensor:
        """(n_tokens, hidden): the last layer at every token, given the table's `rows` of the texts.

        What XLMRobertaModel computes, without its padding: three fifths of the time.
        """
        embeddings = self.backbone.embeddings
        x = functional.embedding(texts.inverse, rows.to(self.backbone.dtype))
        x = x + embeddings.position_embeddings(texts.places + FIRST_POSITION)
        x = embeddings.LayerNorm(x + embeddings.token_type_embeddings.weight[0])
        for layer in self.backbone.encoder.layer:
            attention = layer.attention
            mixed = attention.output.dense(_attend(attention.self, x, texts))
            x = attention.output.LayerNorm(x + mixed)
            x = layer.output.LayerNorm(x + layer.output.dense(functional.gelu(layer.intermediate.dense(x))))
        return x.float()

    def dense(self, texts: Texts, tokens: Tensor) -> Tensor:
        """(n_texts, hidden), unit length: each text's first token."""
        return functional.normalize(tokens[texts.first], dim=-1)


def _attend(attention: nn.Module, x: Tensor, texts: Texts) -> Tensor:
    """(n_tokens, hidden) -> (n_tokens, hidden): every token sees those of its own text."""
    parts = (attention.query, attention.key, attention.value)
    weight, bias = torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])
    n_heads = attention.num_attention_heads
    mixed = []
    for padded, there in texts.in_blocks(functional.linear(x, weight, bias)):
        query, key, value = padded.unflatten(2, (3, n_heads, -1)).permute(2, 0, 3, 1, 4)
        mask = torch.where(there, 0.0, -1e9).to(query.dtype)[:, None, None]
        if there.shape[1] > LONGEST_PLAIN:
            output = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        else:
            scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1]) + mask
            output = scores.softmax(-1) @ value
        mixed.append(output.transpose(1, 2).flatten(2))
    return texts.end_to_end(mixed)
