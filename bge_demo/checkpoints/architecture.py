"""What a checkpoint's config.json says of its network: an XLM-RoBERTa, as BGE-M3 is. Reads no weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bge_demo.errors import CheckpointError

# BGE-M3's kind of network; the keys are config.json's.
KIND = {"model_type": "xlm-roberta", "hidden_act": "gelu", "position_embedding_type": "absolute"}
# What transformers takes where config.json says nothing.
_DEFAULTS = {"type_vocab_size": 2, "pad_token_id": 1, "layer_norm_eps": 1e-12}
CONFIG = "config.json"
_SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
    "pad_token_id",
)

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class ModelShape:
    """The sizes that decide what a pass costs: layers of width `dim` with an inner width of `inner_dim`."""

    n_layers: int
    dim: int
    inner_dim: int

    @property
    def n_weights(self) -> int:
        """Weights of all matrix products of a pass: attention, inner layers, ColBERT head. A token's row of
        the embedding table is looked up, not multiplied."""
        per_layer = 4 * self.dim**2 + 2 * self.dim * self.inner_dim
        return self.n_layers * per_layer + self.dim**2

    def n_operations(self, n_tokens: int) -> int:
        """Multiplications and additions of matrix products for one text of `n_tokens` tokens."""
        attention = 4 * self.n_layers * self.dim * n_tokens**2
        return 2 * n_tokens * self.n_weights + attention


@dataclass(frozen=True)
class Architecture:
    """All that config.json says of the network."""

    shape: ModelShape
    n_attention_heads: int
    vocabulary_size: int
    n_positions: int
    n_token_types: int
    padding_id: int
    layer_norm_epsilon: float
    # Ids of the marks that the config names, by the tokenizer's spelling.
    mark_ids: Mapping[str, int]

    @property
    def max_tokens(self) -> int:
        """Tokens that the positions allow."""
        # XLM-RoBERTa counts positions from padding_id + 1: two of the table's rows are never a token's.
        return self.n_positions - 2

    @property
    def weight_shapes(self) -> Shapes:
        """Every weight of the transformer by its name in the weights' file, the unused pooler left out."""
        dim, inner_dim = self.shape.dim, self.shape.inner_dim
        tables = {
            "word_embeddings": self.vocabulary_size,
            "position_embeddings": self.n_positions,
            "token_type_embeddings": self.n_token_types,
        }
        shapes: dict[str, tuple[int, ...]] = {
            f"embeddings.{name}.weight": (n_rows, dim) for name, n_rows in tables.items()
        }
        norms = ["embeddings.LayerNorm"]
        for layer in (f"encoder.layer.{i}" for i in range(self.shape.n_layers)):
            for name, rows, columns in (
                ("attention.self.query", dim, dim),
                ("attention.self.key", dim, dim),
                ("attention.self.value", dim, dim),
                ("attention.output.dense", dim, dim),
                ("intermediate.dense", inner_dim, dim),
                ("output.dense", dim, inner_dim),
            ):
                shapes[f"{layer}.{name}.weight"], shapes[f"{layer}.{name}.bias"] = (rows, columns), (rows,)
            norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        return shapes | {f"{norm}.{part}": (dim,) for norm in norms for part in ("weight", "bias")}


def read_architecture(folder: Path, name: str) -> Architecture:
    """What config.json says; `name` is what sentences call the checkpoint. Raises CheckpointError for one
    that cannot be read and for another kind of model."""
    try:
        config = _DEFAULTS | json.loads((folder / CONFIG).read_text("utf-8"))
        found = _architecture(config)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise CheckpointError("checkpoint.bad_file", model=name, file=CONFIG) from error
    other = [str(config[key]) for key, value in KIND.items() if config.get(key, value) != value]
    if other:
        raise CheckpointError("checkpoint.other_model", model=name, file=CONFIG, kind=", ".join(other))
    return found


def _architecture(config: Mapping[str, object]) -> Architecture:
    """Raises KeyError, TypeError or ValueError for what makes no model."""
    sizes = {key: int(str(config[key])) for key in _SIZES}
    dim, n_heads = sizes["hidden_size"], sizes["num_attention_heads"]
    if min(value for key, value in sizes.items() if key != "pad_token_id") < 1 or dim % n_heads:
        raise ValueError(sizes)
    marks = {"bos_token_id": "<s>", "pad_token_id": "<pad>", "eos_token_id": "</s>"}
    return Architecture(
        shape=ModelShape(sizes["num_hidden_layers"], dim, sizes["intermediate_size"]),
        n_attention_heads=n_heads,
        vocabulary_size=sizes["vocab_size"],
        n_positions=sizes["max_position_embeddings"],
        n_token_types=sizes["type_vocab_size"],
        padding_id=sizes["pad_token_id"],
        layer_norm_epsilon=float(str(config["layer_norm_eps"])),
        mark_ids={mark: int(str(config[key])) for key, mark in marks.items() if key in config},
    )
