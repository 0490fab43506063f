"""The card's tables set the checkpoint before beside this one."""

from __future__ import annotations

from tools.compact_model.card import corpus_table, example_table, long_table


def test_each_pipeline_has_its_figures_before_and_now() -> None:
    before, after = ({"dense": {"all": x, "keyword": x / 2}} for x in (0.5, 0.75))
    assert corpus_table(before, after).splitlines()[2] == "| dense | 0.500 → 0.750 | 0.250 → 0.375 |"


def test_the_real_models_scores_stand_above_ours() -> None:
    heads = {head: [0.1, 0.2, 0.3, 0.4] for head in ("dense", "sparse", "colbert")}
    lines = example_table(heads, heads).splitlines()
    assert lines[2] == "| dense, BGE-M3 | 0.626 | 0.347 | 0.350 | 0.678 |"
    assert lines[3] == "| dense, before | 0.100 | 0.200 | 0.300 | 0.400 |"
    assert len(lines) == 2 + 3 * 3


def test_long_passages_tell_both_ways_and_how_many_there_were() -> None:
    ways = {"passage_to_question": 60.0, "question_to_passage": 70.0}
    figures = {head: {"de": ways} for head in ("dense", "sparse", "colbert")} | {"n": {"de": 40}}
    lines = long_table(figures, figures).splitlines()
    assert lines[0] == "| | de (40) |"
    assert lines[2] == "| dense, before | 60/70 |"
