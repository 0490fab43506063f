"""Writes small checkpoints with random weights in exactly the layout of BAAI/bge-m3's repository."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from bge_demo.checkpoints.cards import M3_COMPACT

# BGE-M3 stores its weights in this file, m3-compact in model.safetensors: the tests read both.
WEIGHTS_FILE = "pytorch_model.bin"
DIM = 48
MAX_TOKENS = 512
_COPIED = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "modules.json")


def write_random_checkpoint(folder: Path, dim: int = DIM, seed: int = 9) -> Path:
    """A two-layer XLM-RoBERTa with both heads and m3-compact's tokenizer."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    source = M3_COMPACT.folder
    assert source is not None
    (folder / "1_Pooling").mkdir(parents=True)
    for name in _COPIED:
        shutil.copy(source / name, folder / name)
    config = XLMRobertaConfig(
        vocab_size=json.loads((source / "config.json").read_text("utf-8"))["vocab_size"],
        hidden_size=dim,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=2 * dim,
        max_position_embeddings=MAX_TOKENS + 2,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        # Ten times the usual spread, so that texts differ and a mixed-up row shows.
        initializer_range=0.2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = XLMRobertaModel(config)
        write_head(folder / "colbert_linear.pt", dim, dim)
        write_head(folder / "sparse_linear.pt", 1, dim)
        # The same vector in every token: without it the sparse head can tell them apart.
        model.embeddings.token_type_embeddings.weight.data.zero_()
        torch.save(model.state_dict(), folder / WEIGHTS_FILE)
    model.config.architectures = ["XLMRobertaModel"]
    model.config.save_pretrained(folder)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    pooling = {"word_embedding_dimension": dim, "pooling_mode_cls_token": True}
    _write_json(
        folder / "1_Pooling" / "config.json",
        pooling
        | {f"pooling_mode_{other}": False for other in ("mean_tokens", "max_tokens", "mean_sqrt_len_tokens")},
    )
    return folder


def write_head(path: Path, n_rows: int, n_columns: int) -> None:
    """A linear head in float16, as BGE-M3's are."""
    import torch

    weight = torch.randn(n_rows, n_columns) / n_columns**0.5
    head = {"weight": weight.half(), "bias": (0.1 * torch.randn(n_rows)).half()}
    torch.save(head, path)


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content), "utf-8")
