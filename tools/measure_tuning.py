"""What the figures of Tune weights are worth: known mixes, noise, coverage of intervals, the bundled pairs.

    python -m tools.measure_tuning [--simulations 200] [--model m3-compact] [--only known noise ...]

Scores are drawn at random but for `bundled`, which runs the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable

import numpy as np

from bge_demo.scores.agreement import Metric, Values, measure_one
from bge_demo.scores.resampling import figure, resampled
from bge_demo.scores.scoring import ScoreWeights
from bge_demo.tabs.tune_weights.analysis import figures_of
from bge_demo.tabs.tune_weights.held_out import STEP, splits
from bge_demo.tabs.tune_weights.pair_scores import PairScoreTable, as_array
from bge_demo.tabs.tune_weights.result import LabelledScores, Winner
from bge_demo.text.labelled_pairs import LabelledPair

KNOWN = (0.5, 0.2, 0.3)
SEEDS = 20


def synthetic(raw: Values, classes: Values) -> LabelledScores:
    """Pairs without texts that have these scores, (n_pairs, 3), and classes, (n_pairs,)."""
    n = len(raw)
    pairs = tuple(LabelledPair(i, f"a {i}", f"b {i}", float(classes[i])) for i in range(n))
    rows = np.zeros((n, 1), np.float32)
    table = PairScoreTable(raw, np.ones_like(raw), rows, rows, ())
    return LabelledScores(pairs, table, classes, classes.astype(np.intp), tuple(range(n)))


def tuned(scored: LabelledScores, metric: Metric = "auc") -> Winner:
    """The winner on the scores as they are."""
    folds = [splits(scored.classes, scored.groups, seed) for seed in range(3)]
    return figures_of(scored, metric, folds)[1]["raw"]


def known_mix(seed: int, n: int = 600) -> LabelledScores:
    """Labels that follow a known mix of three independent heads, with a little noise."""
    random = np.random.default_rng(seed)
    raw = random.random((n, 3))
    truth = raw @ np.array(KNOWN) + random.normal(0, 0.01, n)
    return synthetic(raw, (truth > np.median(truth)).astype(float))


def noise(seed: int, n: int = 200) -> LabelledScores:
    """Labels that no head knows anything of."""
    random = np.random.default_rng(seed)
    return synthetic(random.random((n, 3)), random.integers(0, 2, n).astype(float))


def drawn_heads(random: np.random.Generator, n: int) -> tuple[Values, Values]:
    """Heads that each know a part: related pairs lie 1.0, 0.5 and 0.8 deviations higher."""
    classes = random.permutation(np.arange(n) % 2).astype(float)
    raw = random.normal(0, 1, (n, 3)) + classes[:, None] * np.array([1.0, 0.5, 0.8])
    return raw, classes


def true_auc(weights: ScoreWeights) -> float:
    """AUC of a mix of `drawn_heads` over endlessly many pairs."""
    shares = as_array(weights)
    apart = shares @ np.array([1.0, 0.5, 0.8]) / math.sqrt(2 * (shares**2).sum())
    return 0.5 * (1 + math.erf(apart / math.sqrt(2)))


def measure_known() -> dict[str, object]:
    """How often the known mix is found within one step of the grid."""
    found = [as_array(tuned(known_mix(seed)).weights) for seed in range(SEEDS)]
    within = sum(bool(np.abs(weights - KNOWN).max() <= STEP + 1e-9) for weights in found)
    better = sum(tuned(known_mix(seed)).gain.is_above for seed in range(SEEDS))
    return {"within_one_step": within, "better_than_best_head": better, "of": SEEDS}


def measure_noise() -> dict[str, object]:
    """How often tuning says that there is nothing to gain where there is nothing."""
    nothing = sum(not tuned(noise(seed)).gain.is_above for seed in range(SEEDS))
    return {"nothing_to_gain": nothing, "of": SEEDS}


def measure_coverage(simulations: int, n: int = 120) -> dict[str, object]:
    """How often the 95 % intervals hold the figure of endlessly many pairs: a head's, and tuned weights'."""
    head = tuned_hits = 0
    for seed in range(simulations):
        raw, classes = drawn_heads(np.random.default_rng(seed), n)
        scored = synthetic(raw, classes)
        resamples = resampled("auc", raw[:, :1].T, classes, scored.groups)
        interval = figure(measure_one("auc", raw[:, 0], classes), resamples[:, 0]).interval
        head += interval[0] <= true_auc(ScoreWeights(1, 0, 0)) <= interval[1]
        winner = tuned(scored)
        low, high = winner.figure.interval
        tuned_hits += low <= true_auc(winner.weights) <= high
    return {"head": head / simulations, "tuned": tuned_hits / simulations, "simulations": simulations}


def measure_bundled(model: str) -> dict[str, object]:
    """The bundled pairs with a checkpoint: time, verdict, figures."""
    from bge_demo.encoder.text_encoder import load_encoder
    from bge_demo.samples import bundled_pairs
    from bge_demo.settings import Limits
    from bge_demo.tabs.tune_weights.program import tune_weights

    encoder = load_encoder(model)
    started = time.perf_counter()
    answer = tune_weights(encoder, Limits(), bundled_pairs(), metric="auc")
    seconds = time.perf_counter() - started
    shown = ("n_pairs", "heads", "best", "verdict", "threshold", "recommended", "notes")
    return {"seconds": round(seconds, 2), **{key: answer[key] for key in shown}}


def measure_sizes(model: str) -> dict[str, object]:
    """What is said of 12, 30 and 100 of the bundled pairs."""
    from bge_demo.encoder.text_encoder import load_encoder
    from bge_demo.samples import bundled_pairs
    from bge_demo.settings import Limits
    from bge_demo.tabs.tune_weights.program import tune_weights

    encoder, pairs = load_encoder(model), bundled_pairs()
    # Without groups, as people send them.
    spread = [{key: pair[key] for key in ("text_a", "text_b", "label")} for pair in pairs[::5]]
    answers = {n: tune_weights(encoder, Limits(), spread[:n], metric="auc") for n in (12, 30, 100)}
    return {
        str(n): {key: one[key] for key in ("verdict", "notes", "pairs_needed")} for n, one in answers.items()
    }


def measure_baselines(model: str, listed_baselines: str) -> dict[str, object]:
    """AUC of each encoder on the bundled pairs, all and by kind, with intervals."""
    from bge_demo.encoder.listed_encoders import ListedEncoders
    from bge_demo.encoder.text_encoder import load_encoder
    from bge_demo.samples import bundled_pairs
    from bge_demo.settings import Limits
    from bge_demo.tabs.baselines.program import baselines

    listed = ListedEncoders.from_setting(listed_baselines)
    answer = baselines(load_encoder(model), Limits(), listed, bundled_pairs())
    kept = ("auc", "auc_interval", "by_kind", "spread", "mean_related", "mean_unrelated", "seconds")
    return {one["name"]: {key: one[key] for key in kept} for one in answer["models"]}


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--model", default="m3-compact")
    parser.add_argument("--baselines", default="", help="more encoders, as BGE_DEMO_BASELINES takes them")
    parts = ("known", "noise", "coverage", "bundled", "sizes", "baselines")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    chosen = parser.parse_args()
    runs: dict[str, Callable[[], dict[str, object]]] = {
        "known": measure_known,
        "noise": measure_noise,
        "coverage": lambda: measure_coverage(chosen.simulations),
        "bundled": lambda: measure_bundled(chosen.model),
        "sizes": lambda: measure_sizes(chosen.model),
        "baselines": lambda: measure_baselines(chosen.model, chosen.baselines),
    }
    for part in chosen.only:
        print(json.dumps({part: runs[part]()}, ensure_ascii=False, indent=1), flush=True)


if __name__ == "__main__":
    main()
