"""Whether a loaded checkpoint gives the scores that were published for it: the model card's own example.

`python -m bge_demo.serving.self_check` renews the stored scores of m3-compact, after it was trained anew.
BGE-M3's stay as BAAI published them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from bge_demo.encoder.contract import Encoder, need_colbert, need_dense, need_sparse
from bge_demo.locales import Phrase, say_all
from bge_demo.scores.scoring import pair_scores
from bge_demo.settings import ASSETS

GOLDEN_FILE = ASSETS / "self_check.json"
QUERIES = ("What is BGE M3?", "Defination of BM25")
PASSAGES = (
    "BGE M3 is an embedding model supporting dense retrieval, lexical matching and multi-vector interaction.",
    "BM25 is a bag-of-words retrieval function that ranks a set of documents based on the query terms "
    "appearing in each document",
)
HEADS = ("dense", "sparse", "colbert")
# How far a score may lie off in each number format. The published scores were computed in fp16.
TOLERANCES = {"fp32": 0.002, "fp16": 0.005, "bf16": 0.02, "int8": 0.03}
# No number format moves a score this far: these are other weights, or they are computed wrongly.
REFUSED_BEYOND = 0.1

Verdict = Literal["passed", "differs", "wrong", "unknown"]

_checked: WeakKeyDictionary[Encoder, SelfCheck] = WeakKeyDictionary()


@dataclass(frozen=True)
class CheckedScore:
    """A score of the example; `query` and `passage` count from 1."""

    head: str
    query: int
    passage: int
    expected: float
    found: float


@dataclass(frozen=True)
class SelfCheck:
    """The verdict, and the scores behind it: none when nothing is published for this checkpoint."""

    verdict: Verdict
    tolerance: float
    scores: tuple[CheckedScore, ...] = ()

    @property
    def shift(self) -> float:
        """The largest difference from an expected score; 0 without scores."""
        return _largest_shift(self.scores) if self.scores else 0.0

    @property
    def message(self) -> Phrase:
        """The verdict in words."""
        if self.verdict == "unknown":
            return Phrase("selfcheck.unknown")
        shift, tolerance = f"{self.shift:.4f}", f"{self.tolerance:g}"
        if self.verdict == "passed":
            return Phrase("selfcheck.passed", n=len(self.scores), shift=shift, tolerance=tolerance)
        return Phrase("selfcheck.differs", shift=shift, tolerance=tolerance)

    def to_json(self) -> dict[str, Any]:
        """Plain values; the message in every language."""
        return {
            "verdict": self.verdict,
            "message": say_all(self.message),
            "largest_difference": round(self.shift, 4),
            "tolerance": self.tolerance,
            "scores": [vars(score) | {"found": round(score.found, 4)} for score in self.scores],
        }


def self_check(encoder: Encoder) -> SelfCheck:
    """Computed once for each encoder. `wrong` means that the checkpoint must not serve."""
    found = _checked.get(encoder)
    if found is None:
        found = _checked[encoder] = _compare(encoder)
    return found


def example_scores(encoder: Encoder) -> dict[str, list[float]]:
    """The example's scores of each head: q1p1, q1p2, q2p1, q2p2."""
    made = encoder.encode([*QUERIES, *PASSAGES])
    dense, sparse, colbert = need_dense(made), need_sparse(made), need_colbert(made)
    scores = [pair_scores(dense, sparse, colbert, query, passage) for query in (0, 1) for passage in (2, 3)]
    return {head: [getattr(one, head) for one in scores] for head in HEADS}


def _compare(encoder: Encoder) -> SelfCheck:
    info = encoder.info
    tolerance = TOLERANCES.get(info.precision, TOLERANCES["fp32"])
    golden = json.loads(GOLDEN_FILE.read_text("utf-8")).get(info.name)
    if golden is None or golden["revision"] != info.revision:
        return SelfCheck("unknown", tolerance)
    found = example_scores(encoder)
    scores = tuple(
        CheckedScore(head, 1 + i // 2, 1 + i % 2, golden[head][i], found[head][i])
        for head in HEADS
        for i in range(4)
    )
    return SelfCheck(_verdict(_largest_shift(scores), tolerance), tolerance, scores)


def _largest_shift(scores: Sequence[CheckedScore]) -> float:
    """NaN when a score is."""
    return float(np.max([abs(score.found - score.expected) for score in scores]))


def _verdict(shift: float, tolerance: float) -> Verdict:
    if shift <= tolerance:
        return "passed"
    return "differs" if shift <= REFUSED_BEYOND else "wrong"


def renew(model: str = "m3-compact") -> dict[str, Any]:
    """Store the scores that the shipped checkpoint gives now, in fp32, and return them."""
    from bge_demo.encoder.text_encoder import load_encoder

    encoder = load_encoder(model, precision="fp32", engine="torch", device="cpu")
    rounded = {head: [round(one, 4) for one in scores] for head, scores in example_scores(encoder).items()}
    golden = json.loads(GOLDEN_FILE.read_text("utf-8"))
    golden[model] = {"revision": encoder.info.revision, **rounded}
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(values)}" for name, values in golden.items())
    GOLDEN_FILE.write_text(f"{{\n{lines}\n}}\n", "utf-8")
    return dict(golden[model])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(renew()) + "\n")
