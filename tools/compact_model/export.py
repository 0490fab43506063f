"""Writes a trained student as a checkpoint in BGE-M3's layout. Trains and measures nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tools.compact_model.files import WorkFolder
from tools.compact_model.student import NORM_EPSILON, POSITIONS, Shape, Student
from tools.compact_model.tokenizer import MASK, SPECIAL

MAX_TOKENS = 8_192
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "norm_mix": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm_down": "output.LayerNorm",
}


def export(work: WorkFolder, state: dict[str, Any], out: Path) -> int:
    """Write the checkpoint folder; its size in bytes."""
    from safetensors.torch import save_file

    student = Student(Shape(**state["shape"]))
    student.load_state_dict(state["student"])
    (out / "1_Pooling").mkdir(parents=True, exist_ok=True)
    save_file(backbone(student, state["table"]["vectors"]), out / "model.safetensors", {"format": "pt"})
    for head, name in ((student.colbert, "colbert_linear.pt"), (student.sparse, "sparse_linear.pt")):
        torch.save({key: value.half() for key, value in head.state_dict().items()}, out / name)
    shutil.copy(work.tokenizer, out / "tokenizer.json")
    for name, content in _configs(student.shape, len(state["table"]["vectors"])).items():
        (out / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def backbone(student: Student, table: Tensor) -> dict[str, Tensor]:
    """XLMRobertaModel's weights by its names, in half precision."""
    hidden = student.shape.hidden
    weights = {
        "embeddings.word_embeddings.weight": table,
        "embeddings.position_embeddings.weight": student.positions,
        "embeddings.token_type_embeddings.weight": torch.zeros(1, hidden),
        "embeddings.LayerNorm.weight": student.norm.weight,
        "embeddings.LayerNorm.bias": student.norm.bias,
        # Unused, but the layout has it: without it transformers would draw it at random, with a warning.
        "pooler.dense.weight": torch.zeros(hidden, hidden),
        "pooler.dense.bias": torch.zeros(hidden),
    }
    for number, layer in enumerate(student.layers):
        for name, value in layer.state_dict().items():
            part, kind = name.rsplit(".", 1)
            weights[f"encoder.layer.{number}.{_PARTS[part]}.{kind}"] = value
    return {name: value.detach().half().contiguous() for name, value in weights.items()}


def _configs(shape: Shape, vocabulary: int) -> dict[str, Any]:
    return {
        "config.json": _model_config(shape, vocabulary),
        **_tokenizer_configs(vocabulary),
        **_sentence_transformers_configs(shape),
    }


def _model_config(shape: Shape, vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["XLMRobertaModel"],
        "model_type": "xlm-roberta",
        "attention_probs_dropout_prob": 0.1,
        "bos_token_id": 0,
        "classifier_dropout": None,
        "eos_token_id": 2,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.intermediate,
        "layer_norm_eps": NORM_EPSILON,
        "max_position_embeddings": POSITIONS,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "output_past": True,
        "pad_token_id": 1,
        "position_embedding_type": "absolute",
        # float32 makes transformers widen the half precision file on loading.
        "torch_dtype": "float32",
        "dtype": "float32",
        "type_vocab_size": 1,
        "use_cache": True,
        "vocab_size": vocabulary,
    }


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


def _sentence_transformers_configs(shape: Shape) -> dict[str, Any]:
    parts = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (path, kind) in enumerate(parts)
    ]
    pooling = {"word_embedding_dimension": shape.hidden, "pooling_mode_cls_token": True}
    others = ("mean_tokens", "max_tokens", "mean_sqrt_len_tokens")
    return {
        "modules.json": modules,
        "1_Pooling/config.json": pooling | {f"pooling_mode_{other}": False for other in others},
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
    }
