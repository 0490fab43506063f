"""The cells measured, the advice drawn from them, the report; small and real, no limit on any time."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import ArithmeticEngine

from bge_demo.checkpoints.architecture import ModelShape
from bge_demo.checkpoints.cards import resolve
from bge_demo.encoder.caller import on_behalf_of
from bge_demo.encoder.contract import ModelInfo
from bge_demo.encoder.engines.machine_limit import MachineLimit, measure_limit
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.errors import InputError, StoppedError
from bge_demo.settings import Limits
from bge_demo.tabs.benchmark.analysis import (
    BenchmarkPlan,
    Reachable,
    SoFar,
    Speed,
    advise,
    benchmark,
    measure,
    mixed_texts,
)
from bge_demo.tabs.benchmark.tab import show_benchmark, show_measured
from bge_demo.tabs.benchmark.view import BAR_WIDTH, benchmark_html, benchmark_rows, throughput_bars
from tools.compare_engines.command import main, write_full_size_checkpoint
from tools.compare_engines.contenders import Contender, Measured, ModelSource, run_contender
from tools.compare_engines.report import report

SMALL = BenchmarkPlan([8, 32], [1, 2], runs=2)


def speed(n_tokens: int, batch_size: int, latency_ms: float) -> Speed:
    return Speed(n_tokens, batch_size, 3, latency_ms, latency_ms)


def test_every_cell_is_measured_with_new_texts_of_the_asked_shape() -> None:
    seen: list[tuple[tuple[str, ...], int]] = []

    def encode(texts: Sequence[str], n_tokens: int) -> None:
        seen.append((tuple(texts), n_tokens))

    reports: list[tuple[int, int]] = []
    with on_behalf_of(lambda: False, 60, lambda done, total: reports.append((done, total))):
        speeds = measure(encode, SMALL)
    assert [(one.n_tokens, one.batch_size, one.n_runs) for one in speeds] == [
        (8, 1, 2),
        (8, 2, 2),
        (32, 1, 2),
        (32, 2, 2),
    ]
    assert len(seen) == 4 * 3
    texts = [text for batch, _ in seen for text in batch]
    assert len(set(texts)) == len(texts)
    assert reports == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_a_second_benchmark_finds_nothing_in_the_cache() -> None:
    seen: list[str] = []
    for _ in range(2):
        measure(lambda texts, n_tokens: seen.extend(texts), SMALL)
    assert len(set(seen)) == len(seen)


def test_no_cell_begins_after_the_time_is_up() -> None:
    plan = BenchmarkPlan([8, 32], [1, 2], runs=1, total_seconds=0.0)
    assert len(measure(lambda texts, n_tokens: None, plan)) == 1


def test_nothing_chosen_is_told() -> None:
    with pytest.raises(InputError, match="Nothing to measure"):
        BenchmarkPlan([], [1])


def test_the_advice_takes_the_smallest_batch_that_is_nearly_as_fast() -> None:
    speeds = [speed(8, 1, 2.0), speed(128, 1, 100.0), speed(128, 8, 400.0), speed(128, 32, 1550.0)]
    advice = advise(speeds)
    assert (advice.n_tokens, advice.best_batch_size, advice.tokens_per_second) == (128, 8, 2560.0)
    assert advice.text_costs_ms == ((8, 2.0), (128, 100.0))
    assert advice.larger_measured


def test_the_advice_of_a_run_that_ended_early_is_of_a_length_with_all_its_batches() -> None:
    speeds = [speed(32, 1, 30.0), speed(32, 8, 60.0), speed(128, 1, 100.0)]
    advice = advise(speeds)
    assert (advice.n_tokens, advice.best_batch_size) == (32, 8)


def test_the_advice_claims_nothing_of_batches_that_were_not_measured() -> None:
    speeds = [speed(8, 1, 2.0), speed(8, 8, 8.0), speed(128, 1, 100.0), speed(128, 8, 400.0)]
    speeds += [speed(512, 1, 100.0), speed(512, 8, 1600.0)]
    advice = advise(speeds)
    assert advice.best_batch_size == 8
    assert not advice.larger_measured
    assert advice.other_batches == ((512, 1),)


def test_the_advice_names_another_batch_only_where_it_is_clearly_faster() -> None:
    speeds = [speed(8, 1, 10.0), speed(8, 2, 10.5), speed(8, 8, 41.0), speed(128, 1, 100.0)]
    speeds += [speed(128, 8, 400.0), speed(512, 1, 100.0)]
    # At 8 tokens batches of 2 are as good as those of 8; at 512 tokens nothing else was measured.
    assert advise(speeds).other_batches == ()


def test_a_model_is_held_against_products_of_its_own_shape() -> None:
    shape = ModelShape(n_layers=2, dim=4, inner_dim=8)
    assert shape.n_weights == 2 * (4 * 16 + 2 * 32) + 16
    assert shape.n_operations(3) == 2 * 3 * shape.n_weights + 4 * 2 * 4 * 9
    limit = MachineLimit(operations_per_second=1e6, weights_per_second=1e5)
    most = Reachable(shape, limit)
    assert most.reading_ms == pytest.approx(1000 * shape.n_weights / 1e5)
    # Few tokens cannot be faster than reading the weights, many not faster than multiplying.
    assert most.share(speed(1, 1, 2 * most.reading_ms)) == pytest.approx(0.5)
    computing = 1000 * 100 * shape.n_operations(50) / 1e6
    assert most.share(speed(50, 100, computing)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("engine", "precision"), [("openvino", "fp32"), ("openvino", "int8"), ("torch", "fp32")]
)
def test_the_machine_s_limit_is_measured_in_the_engine_s_own_library(engine: str, precision: str) -> None:
    limit = measure_limit(ModelInfo("any", "1", precision, engine, "cpu", 8, 128))
    assert limit.operations_per_second > 1e9
    assert limit.weights_per_second > 1e7


def test_the_encoder_that_serves_is_measured_and_shown(compact: TextEncoder) -> None:
    plan = BenchmarkPlan([8, 16, 999_999], [1, 2], runs=1)
    result = benchmark(compact, plan)
    assert len(result.speeds) == 4
    assert result.n_skipped == 0
    assert all(one.latency_p95_ms >= one.latency_p50_ms > 0 for one in result.speeds)
    shown = benchmark_html(result)
    assert shown.count("<rect") == 4
    assert "m3-compact" in shown
    assert len(benchmark_rows(result)) == 4
    written = result.to_json()
    assert written["model"]["name"] == "m3-compact"
    assert all(0 < one["share_of_limit"] < 1.5 for one in written["speeds"])
    assert written["memory_mb"] > 100


def test_a_cancelled_benchmark_keeps_the_cells_measured_so_far(compact: TextEncoder) -> None:
    so_far, done = SoFar(), 0

    def report(place: int, total: int) -> None:
        nonlocal done
        done = place

    with pytest.raises(InputError, match="before anything was measured"):
        show_measured(so_far)
    with pytest.raises(StoppedError), on_behalf_of(lambda: done == 2, 60, report):
        show_benchmark(compact, Limits(), [8, 32], [1, 2], so_far)
    assert so_far.result is not None
    assert [(one.n_tokens, one.batch_size) for one in so_far.result.speeds] == [(8, 1), (8, 2)]
    shown = show_measured(so_far).result
    assert "You cancelled this run: 2 combinations were not measured any more." in shown
    assert "本次测量已被您取消" in shown
    assert "the time was up" not in shown


def test_one_figure_is_printed_in_one_way_and_the_bars_are_explained(compact: TextEncoder) -> None:
    result = replace(benchmark(compact, BenchmarkPlan([8], [1], runs=1)), speeds=(speed(128, 8, 100.0),))
    shown = benchmark_html(result)
    assert shown.count("10,240") == 2
    assert "10240" not in re.sub(r'data-content="[^"]*"', "", shown)
    assert "texts at once × tokens per text" in shown


def test_texts_have_exactly_the_tokens_asked_for(compact: TextEncoder) -> None:
    counts: set[tuple[int, int]] = set()

    def encode(texts: Sequence[str], n_tokens: int) -> None:
        counts.update((n_tokens, one.n_tokens) for one in compact.tokenize(texts, n_tokens))

    measure(encode, BenchmarkPlan([8, 128, 512], [3], runs=3))
    assert counts == {(8, 8), (128, 128), (512, 512)}


def test_mixed_texts_have_unlike_lengths_and_are_never_the_same(compact: TextEncoder) -> None:
    first, second = (mixed_texts(compact._tokenizer) for _ in range(2))
    lengths = [[one.n_tokens for one in compact.tokenize(mixed.texts)] for mixed in first]
    assert [sum(one) for one in lengths] == [mixed.n_tokens for mixed in first]
    assert all(len(set(one)) > 40 for one in lengths)
    assert min(map(min, lengths)) < 20 < 490 < max(map(max, lengths)) <= 515
    texts = [text for mixed in (*first, *second) for text in mixed.texts]
    assert len(set(texts)) > 0.99 * len(texts)


def test_the_padding_of_mixed_texts_stays_small(compact: TextEncoder) -> None:
    encoder = TextEncoder(compact.checkpoint, compact._tokenizer, ArithmeticEngine())
    for mixed in mixed_texts(compact._tokenizer):
        before = encoder.work_done
        encoder.encode(mixed.texts)
        assert encoder.work_done.n_tokens - before.n_tokens == mixed.n_tokens
        assert 0 < encoder.work_done.padding_since(before) < 0.10


def test_the_fastest_bar_fills_the_chart() -> None:
    bars = throughput_bars([speed(8, 1, 2.0), speed(8, 2, 2.0), speed(32, 1, 4.0)])
    assert [bar.width for bar in bars] == [BAR_WIDTH / 2, BAR_WIDTH / 2 * 2, BAR_WIDTH]
    assert bars[2].y - bars[1].y > bars[1].y - bars[0].y


def test_the_report_lists_all_contenders_side_by_side_and_ends_with_advice() -> None:
    slow = Measured("slow fp32", 3.0, 100, 120, (speed(8, 1, 4.0), speed(128, 1, 50.0)))
    fast = Measured("fast bf16", 1.0, 50, 60, (speed(8, 1, 2.0), speed(128, 1, 10.0)), long_text_ms=900.4)
    lines = report([slow, fast]).splitlines()
    assert "| 1 x 128 | 50.0 (50.0) · 2560/s | 10.0 (10.0) · 12800/s |" in lines
    assert lines[-1].startswith("Use fast bf16")
    assert lines[-1].endswith("8 tokens 2.0 ms, 128 tokens 10.0 ms, 8192 tokens 900 ms.")


@pytest.mark.parametrize(
    "contender",
    [
        Contender("torch", "fp32"),
        Contender("FlagEmbedding", "fp32"),
        Contender("sentence-transformers", "torch"),
    ],
)
def test_a_contender_is_loaded_and_measured(contender: Contender) -> None:
    source = ModelSource("m3-compact", os.environ["BGE_DEMO_DATA_DIR"])
    measured = run_contender(source, contender, BenchmarkPlan([8], [2], runs=1))
    assert measured.contender == str(contender)
    assert measured.peak_memory_mb >= 0.9 * measured.memory_mb > 0
    assert measured.cold_start_s > 0


def test_a_checkpoint_of_the_full_shape_is_whole(tmp_path: Path) -> None:
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    write_full_size_checkpoint(tmp_path, {**shape, "vocab_size": 250002, "max_position_embeddings": 130})
    assert resolve(str(tmp_path)).max_tokens == 128


def test_a_checkpoint_of_the_full_shape_that_was_kept_is_used_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    write_full_size_checkpoint(tmp_path, {**shape, "vocab_size": 250002, "max_position_embeddings": 130})
    written = (tmp_path / "model.safetensors").stat().st_mtime_ns
    cells = ["--lengths", "8", "--batch-sizes", "1", "--runs", "1"]
    assert main(["--full-size", str(tmp_path), "--contenders", "torch:fp32", *cells]) == 0
    assert "torch fp32" in capsys.readouterr().out
    assert (tmp_path / "model.safetensors").stat().st_mtime_ns == written


def test_a_backend_that_a_library_lacks_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--contenders", "sentence-transformers:fp32"])
    assert "sentence-transformers has torch, onnx, openvino, not fp32" in capsys.readouterr().err


def test_the_command_writes_a_report_and_a_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speed.csv"
    argv = [
        "--model",
        "m3-compact",
        "--lengths",
        "8",
        "--batch-sizes",
        "1",
        "2",
        "--runs",
        "1",
        "--mixed",
        "--second-start",
        "--csv",
        str(file),
    ]
    assert main(argv) == 0
    printed = capsys.readouterr().out
    assert "tokens/s" in printed
    assert "Share of this machine's limit" in printed
    assert "64 texts of 4 to 512 tokens" in printed
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert [row["batch_size"] for row in rows] == ["1", "2"]
    assert all(float(row["second_start_s"]) > 0 for row in rows)
    assert all(float(row["mixed_tokens_per_second"]) > 0 for row in rows)
    assert all(0 < float(row["mixed_padding"]) < 0.10 for row in rows)
    assert main(["--model", "no-such-model", "--runs", "1"]) == 2
    assert "no-such-model" in capsys.readouterr().err
