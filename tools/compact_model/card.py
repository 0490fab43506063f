"""Writes the model card from measured figures. Measures nothing itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.compact_model.corpus import LANGUAGES

TEMPLATE = Path(__file__).parent / "data" / "card.md"
HEADS = ("dense", "sparse", "colbert")

Figures = dict[str, Any]

# What BAAI published for its four pairs.
PUBLISHED: Figures = {
    "dense": [0.6260, 0.3474, 0.3499, 0.6782],
    "sparse": [0.1956, 0.0088, 0.0, 0.1803],
    "colbert": [0.7796, 0.4621, 0.4524, 0.7899],
}
EXAMPLE_PAIRS = ("BGE M3? / BGE M3 is", "BGE M3? / BM25 is", "BM25 / BGE M3 is", "BM25 / BM25 is")


def write_card(checkpoint: Path, before: Figures, after: Figures) -> None:
    """Write the card next to the weights, with the figures of the checkpoint before and of this one."""
    config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    n_bytes = sum(path.stat().st_size for path in checkpoint.rglob("*") if path.suffix != ".md")
    (checkpoint / "README.md").write_text(
        TEMPLATE.read_text(encoding="utf-8").format(
            n_tokens=f"{config['vocab_size']:,}".replace(",", " "),
            n_layers=config["num_hidden_layers"],
            hidden=config["hidden_size"],
            n_heads=config["num_attention_heads"],
            intermediate=config["intermediate_size"],
            megabytes=f"{n_bytes / 1e6:.1f}",
            weights_megabytes=f"{(checkpoint / 'model.safetensors').stat().st_size / 1e6:.1f}",
            parameters=f"{_parameters(config) / 1e6:.1f}",
            translation=translation_table(before["translation"]["all"], after["translation"]["all"]),
            n_catalogues=max(x["n"] for x in after["catalogues"].values() if isinstance(x, dict)),
            catalogues=translation_table(before["catalogues"], after["catalogues"]),
            sts=head_table(before["sts"], after["sts"]),
            passages=head_table(before["passages"], after["passages"]),
            long=long_table(before["long"]["500"], after["long"]["500"]),
            very_long=long_table(before["long"]["2000"], after["long"]["2000"]),
            calibration=calibration_table(before, after),
            page=page_table(before, after),
            words=word_table(before, after),
            sample_corpus=corpus_table(before["sample_corpus"], after["sample_corpus"]),
            self_check=example_table(before["self_check"], after["self_check"]),
        ),
        encoding="utf-8",
    )


def translation_table(before: Figures, after: Figures) -> str:
    """Languages across, the checkpoint before and this one below; % both ways."""
    languages = [x for x in LANGUAGES if x in after]
    rows = [
        [name, *(_both_ways(figures[x]) for x in languages), figures["mean"]]
        for name, figures in (("before", before), ("this", after))
    ]
    return table(["", *languages, "mean"], rows)


def head_table(before: Figures, after: Figures) -> str:
    """Languages across, a row for each head and checkpoint."""
    languages = [x for x in (*LANGUAGES, "mean") if x in after["dense"]]
    rows = [
        [f"{head}, {name}", *(figures[head].get(x, "") for x in languages)]
        for head in HEADS
        for name, figures in (("before", before), ("this", after))
    ]
    return table(["", *languages], rows)


def long_table(before: Figures, after: Figures) -> str:
    """Passage -> question / question -> passage, %, by head and language."""
    languages = [x for x in LANGUAGES if x in after["dense"]]
    rows = [
        [f"{head}, {name}", *(_long_ways(figures[head][x]) for x in languages)]
        for head in HEADS
        for name, figures in (("before", before), ("this", after))
    ]
    return table(["", *(f"{x} ({after['n'][x]})" for x in languages)], rows)


def corpus_table(before: Figures, after: Figures) -> str:
    """Pipelines down; nDCG of all queries and of each kind, before and now."""
    kinds = list(next(iter(after.values())))
    rows = [
        [pipeline, *(f"{before[pipeline][kind]:.3f} → {after[pipeline][kind]:.3f}" for kind in kinds)]
        for pipeline in after
    ]
    return table(["", *kinds], rows)


def example_table(before: Figures, after: Figures) -> str:
    """The four pairs of BGE-M3's card: each head of the real model, of the checkpoint before, and of this
    one.
    """
    rows = [
        [f"{head}, {name}", *(f"{score:.3f}" for score in figures[head])]
        for head in HEADS
        for name, figures in (("BGE-M3", PUBLISHED), ("before", before), ("this", after))
    ]
    return table(["", *EXAMPLE_PAIRS], rows)


def calibration_table(before: Figures, after: Figures) -> str:
    """Quantiles of translations and of unrelated texts."""
    rows = [
        [f"{kind}, {head}, {name}", *figures["calibration"][kind][head].values()]
        for kind in ("translations", "unrelated", "random")
        for head in ("dense", "colbert")
        for name, figures in (("before", before), ("this", after))
    ]
    return table(["", *after["calibration"]["unrelated"]["dense"]], rows)


def page_table(before: Figures, after: Figures) -> str:
    """Scores of the page's examples."""
    rows = [
        [
            name,
            before["page"][name]["dense"],
            scores["dense"],
            before["page"][name]["colbert"],
            scores["colbert"],
        ]
        for name, scores in after["page"].items()
    ]
    return table(["", "dense, before", "dense, this", "ColBERT, before", "ColBERT, this"], rows)


def word_table(before: Figures, after: Figures) -> str:
    """% of hand-linked words whose best match is right."""
    languages = [x for x in (*LANGUAGES, "all") if x in after["word_alignment"]]
    rows = [
        [name, *(figures["word_alignment"][x] for x in languages)]
        for name, figures in (("before", before), ("this", after))
    ]
    return table(["", *languages], rows)


def table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table.

    >>> print(table(["", "a"], [["x", 1.5]]))
    | | a |
    |---|---|
    | x | 1.5 |
    """
    lines = [header, *rows]
    text = ["| " + " | ".join(map(str, line)) + " |" for line in lines]
    return "\n".join([text[0].replace("|  |", "| |", 1), "|---" * len(header) + "|", *text[1:]])


def _both_ways(figures: Figures) -> str:
    return f"{figures['to_english']:.0f}/{figures['from_english']:.0f}"


def _long_ways(figures: Figures) -> str:
    return f"{figures['passage_to_question']:.0f}/{figures['question_to_passage']:.0f}"


def _parameters(config: Figures) -> int:
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    table_size = (config["vocab_size"] + config["max_position_embeddings"]) * hidden
    layer = 4 * hidden * (hidden + 1) + hidden * (inner + 1) + inner * (hidden + 1) + 4 * hidden
    return int(table_size + config["num_hidden_layers"] * layer)
