"""BGE-M3's network as an OpenVINO graph: XLM-RoBERTa and the three heads. Reads no file.

The operations of transformers' module and of FlagEmbedding's heads, in their order. Written out, because
importing transformers and tracing its module took most of a first start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bge_demo.checkpoints.architecture import Architecture
from bge_demo.encoder.contract import FloatArray
from bge_demo.encoder.engines.telemetry import import_openvino

if TYPE_CHECKING:
    import openvino

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("dense", "token_weights", "colbert")
# Names of the heads' weights: those of FlagEmbedding's module.
COLBERT_HEAD, SPARSE_HEAD = "colbert_linear", "sparse_linear"
# As torch's normalize keeps clear of a division by zero.
_SMALLEST_LENGTH = 1e-12

# A value within a graph.
_Node = Any


def build_graph(architecture: Architecture, weights: Mapping[str, FloatArray]) -> openvino.Model:
    """The network with its weights, float32 by their names in the checkpoint; the graph shares their memory.

    `input_ids`, `attention_mask` (n_texts, n_positions) int64 -> the arrays of `HeadOutputs` in float32.
    """
    return _Builder(architecture, weights).model()


class _Builder:
    def __init__(self, architecture: Architecture, weights: Mapping[str, FloatArray]) -> None:
        self._architecture = architecture
        self._weights = weights
        self._openvino = import_openvino()
        self._ops = self._openvino.opset13

    def model(self) -> openvino.Model:
        ops = self._ops
        ids, mask = (ops.parameter([-1, -1], np.int64, name=name) for name in INPUTS)
        present = ops.convert(mask, "f32")
        hidden = self._embedded(ids)
        blocked = self._blocked(present)
        for i in range(self._architecture.shape.n_layers):
            hidden = self._layer(hidden, blocked, f"encoder.layer.{i}")
        model = self._openvino.Model([ops.result(one) for one in self._heads(hidden, present)], [ids, mask])
        for port, name in zip([*model.inputs, *model.outputs], [*INPUTS, *OUTPUTS], strict=True):
            port.get_tensor().set_names({name})
        return model

    def _embedded(self, ids: _Node) -> _Node:
        """The sum of a token's, its type's and its position's row, normed."""
        ops, padding = self._ops, np.int64(self._architecture.padding_id)
        is_token = ops.convert(ops.not_equal(ids, padding), "i64")
        positions = ops.add(ops.multiply(ops.cum_sum(is_token, np.int64(1)), is_token), padding)
        tokens = ops.gather(self._weight("embeddings.word_embeddings.weight"), ids, np.int64(0))
        # Every token is of the first type.
        kind = ops.constant(self._weights["embeddings.token_type_embeddings.weight"][0])
        places = ops.gather(self._weight("embeddings.position_embeddings.weight"), positions, np.int64(0))
        return self._norm(ops.add(ops.add(tokens, kind), places), "embeddings.LayerNorm")

    def _blocked(self, present: _Node) -> _Node:
        """What is added to attention: nothing, or so little that padding gets none. One row a text."""
        ops = self._ops
        row = ops.unsqueeze(present, np.array([1, 2]))
        return ops.multiply(ops.subtract(np.float32(1), row), np.finfo(np.float32).min)

    def _layer(self, hidden: _Node, blocked: _Node, name: str) -> _Node:
        ops, linear = self._ops, self._linear
        attended = self._attended(hidden, blocked, f"{name}.attention.self")
        output = linear(attended, f"{name}.attention.output.dense")
        hidden = self._norm(ops.add(output, hidden), f"{name}.attention.output.LayerNorm")
        inner = ops.gelu(linear(hidden, f"{name}.intermediate.dense"), "erf")
        output = linear(inner, f"{name}.output.dense")
        return self._norm(ops.add(output, hidden), f"{name}.output.LayerNorm")

    def _attended(self, hidden: _Node, blocked: _Node, name: str) -> _Node:
        ops, dim = self._ops, self._architecture.shape.dim
        n_heads = self._architecture.n_attention_heads
        # 0 keeps a dimension: texts and positions.
        split, order = np.array([0, 0, n_heads, dim // n_heads]), np.array([0, 2, 1, 3])
        query, key, value = (
            ops.transpose(ops.reshape(self._linear(hidden, f"{name}.{part}"), split, True), order)
            for part in ("query", "key", "value")
        )
        attended = ops.transpose(ops.scaled_dot_product_attention(query, key, value, blocked), order)
        return ops.reshape(attended, np.array([0, 0, dim]), True)

    def _heads(self, hidden: _Node, present: _Node) -> tuple[_Node, _Node, _Node]:
        """Dense of the first position, a weight at every one, ColBERT at all but the first."""
        ops = self._ops
        weights = ops.squeeze(ops.relu(self._linear(hidden, SPARSE_HEAD)), np.array([-1]))
        rows = self._linear(self._without_first(hidden), COLBERT_HEAD)
        rows = ops.multiply(rows, ops.unsqueeze(self._without_first(present), np.array([2])))
        return self._unit(ops.gather(hidden, np.int64(0), np.int64(1))), weights, self._unit(rows)

    def _without_first(self, values: _Node) -> _Node:
        start, end, one = np.array([1]), np.array([np.iinfo(np.int64).max]), np.array([1])
        return self._ops.slice(values, start, end, one, one)

    def _unit(self, rows: _Node) -> _Node:
        length = self._ops.reduce_l2(rows, np.array([-1]), True)
        return self._ops.divide(rows, self._ops.maximum(length, np.float32(_SMALLEST_LENGTH)))

    def _norm(self, values: _Node, name: str) -> _Node:
        epsilon = self._architecture.layer_norm_epsilon
        normed = self._ops.mvn(values, np.array([-1]), True, epsilon, "inside_sqrt")
        scaled = self._ops.multiply(normed, self._weight(f"{name}.weight"))
        return self._ops.add(scaled, self._weight(f"{name}.bias"))

    def _linear(self, values: _Node, name: str) -> _Node:
        product = self._ops.matmul(values, self._weight(f"{name}.weight"), False, True)
        return self._ops.add(product, self._weight(f"{name}.bias"))

    def _weight(self, name: str) -> _Node:
        return self._ops.constant(self._weights[name], shared_memory=True)
