"""Trains the student. A run that is stopped goes on from its last saved state, which is minutes old at most.

SIGTERM saves the state and ends the run; a kill loses what came after the last save.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import torch

from tools.compact_model.batch import Mix
from tools.compact_model.batches import TrainingData
from tools.compact_model.e5 import E5File, has_bf16, model_path
from tools.compact_model.files import WorkFolder, read_json
from tools.compact_model.losses import dense_losses, token_losses, total
from tools.compact_model.master import Master
from tools.compact_model.start import start_model
from tools.compact_model.student import Student
from tools.compact_model.table import TokenTable

if TYPE_CHECKING:
    from transformers import XLMRobertaModel

N_TARGETS = 384
WARM_STEPS = 50
LOGGED_STEPS = 25
LAST_RATE_SHARE = 0.02
LONG_EVERY = 12
# Heads begin from nothing, the layers from e5.
HEADS = ("to_teacher", "colbert", "sparse")
HEAD_RATE = 8.0


@dataclass(frozen=True)
class Plan:
    """One run. It ends after `steps`, or after `minutes` of the clock, stops not counted, if `steps` is 0."""

    minutes: float = 45.0
    steps: int = 0
    seed: int = 0
    rate: float = 1.5e-4
    table_rate: float = 1e-4
    threads: int = 1
    save_seconds: float = 300.0
    mix: Mix = Mix(pairs=40, questions=10, excerpts=4, scored=10, singles=16, max_tokens=160)
    long_mix: Mix = Mix(pairs=20, questions=5, excerpts=3, scored=0, singles=8, max_tokens=180, long=True)


class Run:
    """The state of a training run and the step that moves it."""

    def __init__(self, plan: Plan, data: TrainingData, backbone: XLMRobertaModel) -> None:
        torch.manual_seed(0)
        self.plan, self.step, self.seconds = plan, 0, 0.0
        words = backbone.embeddings.word_embeddings.weight.requires_grad_(False)
        self.table = TokenTable(words.detach().clone().float())
        self.student = Student(backbone, data.targets.shape[1])
        self.master = Master(self.student, HEADS, HEAD_RATE)
        self._data = data

    @property
    def done(self) -> float:
        """The share of the run that is done, 0 to 1."""
        plan = self.plan
        return self.step / plan.steps if plan.steps else self.seconds / (60 * plan.minutes)

    def advance(self) -> dict[str, float]:
        """One step; its losses."""
        start = time.monotonic()
        mix = self.plan.long_mix if self.step % LONG_EVERY == LONG_EVERY - 1 else self.plan.mix
        batch = self._data.draw(mix, self.step)
        rows = self.table.read(batch.texts.rows)
        tokens = self.student(batch.texts, rows)
        dense = self.student.dense(batch.texts, tokens)
        losses = dense_losses(self.student, dense, batch) | token_losses(self.student, tokens, batch)
        total(losses).backward()
        share = self._rate_share()
        length = self.master.move(self.plan.rate * share)
        assert rows.grad is not None
        self.table.move(batch.texts.rows, rows.grad, self.plan.table_rate * share)
        self.step += 1
        self.seconds += time.monotonic() - start
        counts = {"texts": len(batch.texts.lengths), "tokens": len(batch.texts.inverse)}
        return {name: float(value.detach()) for name, value in losses.items()} | {"length": length} | counts

    def weights(self) -> dict[str, torch.Tensor]:
        """The student's fp32 weights by name, the token table among them."""
        names = [name for name, p in self.student.named_parameters() if p.requires_grad]
        exact = dict(zip(names, self.master.exact(), strict=True))
        return exact | {"backbone.embeddings.word_embeddings.weight": self.table.vectors}

    def state_dict(self) -> dict[str, Any]:
        """All that `resume` and `export` need."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "weights": self.weights(),
            "master": self.master.state_dict(),
            "table": self.table.state_dict(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.master.load_state_dict(state["master"])
        self.table.load_state_dict(state["table"])

    def _rate_share(self) -> float:
        """A short warm-up, then half a cosine down to LAST_RATE_SHARE."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, self.done)))
        return min(1.0, (self.step + 1) / WARM_STEPS) * (LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * cosine)


def train(work: WorkFolder, name: str, plan: Plan) -> None:
    """Run to the end of the plan, from the saved state of the run `name` if there is one."""
    torch.set_num_threads(plan.threads)
    folder = work.run(name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.pid").write_text(str(os.getpid()))
    backbone = start_model(E5File(model_path()), read_json(work.kept_pieces))
    if has_bf16():
        backbone = backbone.bfloat16()
    run = Run(plan, TrainingData(work, N_TARGETS, plan.seed), backbone)
    saved = folder / "state.pt"
    if saved.exists():
        run.resume(torch.load(saved))
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open(folder / "log.txt", "a", encoding="utf-8") as log:
        for line in _advance(run, saved, stop):
            print(line, flush=True)
            print(line, file=log, flush=True)


def _advance(run: Run, path: Path, stop: Event) -> Iterator[str]:
    """Step to the end or until told to stop, saving now and then; lines of mean losses."""
    sums: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    saved = started = run.seconds
    while run.done < 1 and not stop.is_set():
        losses = run.advance()
        sums.update(losses)
        counts.update(losses.keys())
        if run.step % LOGGED_STEPS == 0:
            means = " ".join(f"{key} {sums[key] / counts[key]:.4f}" for key in sums if key != "tokens")
            speed = sums["tokens"] / max(run.seconds - started, 1e-9)
            yield f"{run.step} {run.done:.3f} {run.seconds:.0f}s {speed:.0f} tokens/s {means}"
            sums.clear()
            counts.clear()
            started = run.seconds
        if run.seconds - saved > run.plan.save_seconds:
            save(run, path)
            saved = run.seconds
    save(run, path)
    yield f"ended after {run.step} steps, {run.seconds:.0f} s"


def save(run: Run, path: Path) -> None:
    """Save all at once: a stop in between leaves the old state."""
    part = path.with_name(path.name + ".part")
    torch.save(run.state_dict(), part)
    os.replace(part, path)
