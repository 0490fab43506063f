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


def write_card(checkpoint: Path, before: Figures, after: Figures) -> None:
    """Write the card next to the weights, with the figures of the first checkpoint and of this one."""
    config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    n_bytes = sum(path.stat().st_size for path in checkpoint.rglob("*") if path.suffix != ".md")
    (checkpoint / "README.md").write_text(
        TEMPLATE.read_text(encoding="utf-8").format(
            n_tokens=f"{config['vocab_size']:,}".replace(",", " "),
            n_layers=config["num_hidden_layers"],
            hidden=config["hidden_size"],
            n_heads=config["num_attention_heads"],
            intermediate=config["intermediate_size"],
            megabytes=round(n_bytes / 1e6),
            parameters=f"{_parameters(config) / 1e6:.1f}",
            translation=translation_table(before["translation"]["all"], after["translation"]["all"]),
            n_catalogues=max(x["n"] for x in after["catalogues"].values() if isinstance(x, dict)),
            catalogues=translation_table(before["catalogues"], after["catalogues"]),
            sts=head_table(before["sts"], after["sts"]),
            passages=head_table(before["passages"], after["passages"]),
            long=long_table(before, after),
            calibration=calibration_table(before, after),
            page=page_table(before, after),
            words=word_table(before, after),
        ),
        encoding="utf-8",
    )


def translation_table(before: Figures, after: Figures) -> str:
    """Languages across, the first checkpoint and this one below; % both ways."""
    languages = [x for x in LANGUAGES if x in after]
    rows = [
        [name, *(_both_ways(figures[x]) for x in languages), figures["mean"]]
        for name, figures in (("first", before), ("this", after))
    ]
    return table(["", *languages, "mean"], rows)


def head_table(before: Figures, after: Figures) -> str:
    """Languages across, a row for each head and checkpoint."""
    languages = [x for x in (*LANGUAGES, "mean") if x in after["dense"]]
    rows = [
        [f"{head}, {name}", *(figures[head].get(x, "") for x in languages)]
        for head in HEADS
        for name, figures in (("first", before), ("this", after))
    ]
    return table(["", *languages], rows)


def long_table(before: Figures, after: Figures) -> str:
    """Passage -> question / question -> passage, %, by head and language."""
    languages = [x for x in LANGUAGES if x in after["long"]["dense"]]
    rows = [
        [f"{head}, {name}", *(_long_ways(figures["long"][head][x]) for x in languages)]
        for head in HEADS
        for name, figures in (("first", before), ("this", after))
    ]
    return table(["", *(f"{x} ({after['long']['n'][x]})" for x in languages)], rows)


def calibration_table(before: Figures, after: Figures) -> str:
    """Quantiles of translations and of unrelated texts."""
    rows = [
        [f"{kind}, {head}, {name}", *figures["calibration"][kind][head].values()]
        for kind in ("translations", "unrelated", "random")
        for head in ("dense", "colbert")
        for name, figures in (("first", before), ("this", after))
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
    return table(["", "dense, first", "dense, this", "ColBERT, first", "ColBERT, this"], rows)


def word_table(before: Figures, after: Figures) -> str:
    """% of hand-linked words whose best match is right."""
    languages = [x for x in (*LANGUAGES, "all") if x in after["word_alignment"]]
    rows = [
        [name, *(figures["word_alignment"][x] for x in languages)]
        for name, figures in (("first", before), ("this", after))
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
