"""Other libraries that compute BGE-M3, called as their users call them. Prints nothing.

FlagEmbedding and sentence-transformers with torch come with the demo. What the others need holds back the
version of transformers and goes into an environment of its own, `requirements.txt` beside this file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bge_demo.encoder.engines.choice import accelerator
from bge_demo.tabs.benchmark.analysis import Encode

REFERENCE = "FlagEmbedding"
ONNX_OPSET = 14
PADDING_ID = 1


def flag_embedding(folder: Path, precision: str) -> Encode:
    """All three heads by torch, in fp32 or fp16, on the GPU where there is one."""
    from FlagEmbedding import BGEM3FlagModel

    loaded = BGEM3FlagModel(str(folder), use_fp16=precision == "fp16", devices=accelerator() or "cpu")

    def encode(texts: Sequence[str], n_tokens: int) -> object:
        heads = {"return_dense": True, "return_sparse": True, "return_colbert_vecs": True}
        return loaded.encode(list(texts), batch_size=len(texts), max_length=n_tokens, **heads)

    return encode


def sentence_transformers(folder: Path, backend: str) -> Encode:
    """The dense head alone by the backend torch, onnx or openvino: the first token's row, of unit length."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    words = Transformer(str(folder), backend=backend)
    pooling = Pooling(words.get_embedding_dimension(), "cls")
    loaded = SentenceTransformer(modules=[words, pooling, Normalize()], device=accelerator() or "cpu")

    def encode(texts: Sequence[str], n_tokens: int) -> object:
        loaded.max_seq_length = n_tokens
        return loaded.encode(list(texts), batch_size=len(texts))

    return encode


def bge_m3_lite(folder: Path, _precision: str) -> Encode:
    """The transformer alone by ONNX Runtime in fp32, on the graph that the library fuses.

    Its tokenizer, written in Python, and the heads, which it computes with NumPy, are left out, in its
    favour: it reads both from the hub's own files alone.
    """
    from bge_m3_lite.model import OnnxBackbone
    from tokenizers import Tokenizer

    backbone = OnnxBackbone(_fused_graph(folder))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding(pad_id=PADDING_ID)

    def encode(texts: Sequence[str], n_tokens: int) -> object:
        tokenizer.enable_truncation(n_tokens)
        rows = tokenizer.encode_batch(list(texts))
        return backbone(np.array([row.ids for row in rows]), np.array([row.attention_mask for row in rows]))

    return encode


def _fused_graph(folder: Path) -> Path:
    """Exported by torch and fused by the library, once for each folder."""
    from bge_m3_lite.fuse import fuse

    exported = folder / "bge-m3-lite" / "model.onnx"
    fused = exported.with_name("model_fused.onnx")
    if not fused.exists():
        exported.parent.mkdir(exist_ok=True)
        _export_onnx(folder, exported)
        fuse(exported)
    return fused


def _export_onnx(folder: Path, path: Path) -> None:
    """The graph with the names that the library looks for, its weights in one file beside it."""
    import onnx
    import torch
    from transformers import XLMRobertaModel

    model = XLMRobertaModel.from_pretrained(
        folder, attn_implementation="eager", add_pooling_layer=False
    ).eval()
    inputs = {name: torch.ones(2, 5, dtype=torch.long) for name in ("input_ids", "attention_mask")}
    names = [*inputs, "token_embeddings"]
    with tempfile.TemporaryDirectory(dir=path.parent) as pieces:
        exported = str(Path(pieces) / path.name)
        torch.onnx.export(
            model,
            (inputs,),
            exported,
            input_names=list(inputs),
            output_names=names[-1:],
            dynamic_axes={name: {0: "n_texts", 1: "n_positions"} for name in names},
            opset_version=ONNX_OPSET,
            dynamo=False,
        )
        onnx.save_model(
            onnx.load(exported), str(path), save_as_external_data=True, location=f"{path.name}_data"
        )


@dataclass(frozen=True)
class Library:
    """`load` makes of a checkpoint's folder and a choice what is timed; `choices` are precisions or backends,
    the first where none is named."""

    load: Callable[[Path, str], Encode]
    choices: tuple[str, ...]


LIBRARIES = {
    REFERENCE: Library(flag_embedding, ("fp32", "fp16")),
    "sentence-transformers": Library(sentence_transformers, ("torch", "onnx", "openvino")),
    "bge-m3-lite": Library(bge_m3_lite, ("fp32",)),
}
