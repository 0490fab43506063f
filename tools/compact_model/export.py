"""Writes a trained student as a checkpoint in BGE-M3's layout. Trains and measures nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tools.compact_model.e5 import E5File, model_path
from tools.compact_model.files import WorkFolder
from tools.compact_model.start import start_config
from tools.compact_model.tokenizer import MASK, SPECIAL

MAX_TOKENS = 8_192
BACKBONE = "backbone."
HEADS = {"colbert": "colbert_linear.pt", "sparse": "sparse_linear.pt"}

Weights = Mapping[str, Tensor]


def export(work: WorkFolder, weights: Weights, out: Path) -> int:
    """Write the checkpoint folder from a run's weights by name; its size in bytes."""
    from safetensors.torch import save_file

    (out / "1_Pooling").mkdir(parents=True, exist_ok=True)
    save_file(backbone(weights), out / "model.safetensors", {"format": "pt"})
    for head, name in HEADS.items():
        torch.save({kind: weights[f"{head}.{kind}"].half() for kind in ("weight", "bias")}, out / name)
    shutil.copy(work.tokenizer, out / "tokenizer.json")
    shutil.copy(work.kept_pieces, out / "bge_m3_ids.json")
    vocabulary, hidden = weights["backbone.embeddings.word_embeddings.weight"].shape
    for name, content in _configs(vocabulary, hidden).items():
        (out / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def backbone(weights: Weights) -> dict[str, Tensor]:
    """XLMRobertaModel's weights by its names, in half precision."""
    hidden = weights["colbert.weight"].shape[0]
    named = {
        name.removeprefix(BACKBONE): value for name, value in weights.items() if name.startswith(BACKBONE)
    } | {
        # Unused, but the layout has it: without it transformers would draw it at random, with a warning.
        "pooler.dense.weight": torch.zeros(hidden, hidden),
        "pooler.dense.bias": torch.zeros(hidden),
    }
    return {name: value.half().contiguous() for name, value in named.items()}


def _configs(vocabulary: int, hidden: int) -> dict[str, Any]:
    return {
        "config.json": _model_config(vocabulary),
        **_tokenizer_configs(vocabulary),
        **_sentence_transformers_configs(hidden),
    }


def model_settings(vocabulary: int) -> dict[str, Any]:
    """transformers' settings of the model that is trained."""
    settings: dict[str, Any] = start_config(E5File(model_path()), vocabulary).to_diff_dict()
    return settings


def _model_config(vocabulary: int) -> dict[str, Any]:
    settings = model_settings(vocabulary)
    settings.pop("transformers_version", None)
    # float32 makes transformers widen the half precision file on loading.
    return settings | {"architectures": ["XLMRobertaModel"], "torch_dtype": "float32", "dtype": "float32"}


def _tokenizer_configs(vocabulary: int) -> dict[str, Any]:
    start, pad, end, unknown = SPECIAL
    named = {
        "bos_token": start,
        "cls_token": start,
        "eos_token": end,
        "pad_token": pad,
        "sep_token": end,
        "unk_token": unknown,
    }
    places = [*enumerate(SPECIAL), (vocabulary - 1, MASK)]
    tokenizer = {
        "added_tokens_decoder": {str(place): _added(token) | {"special": True} for place, token in places},
        **named,
        "mask_token": MASK,
        "clean_up_tokenization_spaces": False,
        "model_max_length": MAX_TOKENS,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    return {
        "special_tokens_map.json": {**named, "mask_token": _added(MASK)},
        "tokenizer_config.json": tokenizer,
    }


def _added(token: str) -> dict[str, Any]:
    left = token == MASK  # The mask takes the space before it, as in XLM-RoBERTa.
    return {"content": token, "lstrip": left, "normalized": False, "rstrip": False, "single_word": False}


def _sentence_transformers_configs(hidden: int) -> dict[str, Any]:
    parts = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (path, kind) in enumerate(parts)
    ]
    pooling = {"word_embedding_dimension": hidden, "pooling_mode_cls_token": True}
    others = ("mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    return {
        "modules.json": modules,
        "1_Pooling/config.json": pooling | {f"pooling_mode_{other}": False for other in others},
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
    }
