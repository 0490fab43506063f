"""Trains the student. A run that is stopped goes on from its last saved state, which is minutes old at most.

Three stages, by the share of the run that is done: first the last layer over the token table, for the dense
vectors alone (most of a small model's knowledge is its table, and this is six times as fast); then the
ColBERT rows and lexical weights with them; then all layers, which begin by adding nothing.

SIGTERM saves the state and ends the run; a kill loses what came after the last save.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Any

import torch

from tools.compact_model.batch import Batch, Mix
from tools.compact_model.batches import DROPPED_SHARE, TrainingData
from tools.compact_model.files import WorkFolder
from tools.compact_model.losses import WEIGHTS, Losses, dense_losses, token_losses, total
from tools.compact_model.student import Shape, Student
from tools.compact_model.table import TokenTable

WARM_STEPS = 100
LOGGED_STEPS = 50
LAST_RATE_SHARE = 0.02
LARGEST_GRADIENT = 1.0
WEIGHT_DECAY = 0.01
LONG_EVERY = 16
# All runs begin with the same layers, whatever they draw: weights of different origins have no useful mean.
_FIRST_LAYERS = 0


@dataclass(frozen=True)
class Plan:
    """One run. It ends after `steps`, or after `minutes` of computing if `steps` is 0: processor time divided
    by `threads`, so that neither a pause nor a busy machine shortens it. With neither it ends as it began: as
    the mean of other runs.

    `seed` chooses the batches. `heads_from` and `contextual_from` are shares of the run; from the former on,
    each `heads_every`-th step trains the heads too. `dropped_share` of a longer text's tokens are left out.
    """

    minutes: float = 60.0
    steps: int = 0
    seed: int = 0
    rate: float = 1.5e-3
    table_rate: float = 8e-4
    heads_from: float = 0.3
    contextual_from: float = 0.5
    heads_every: int = 2
    dropped_share: float = DROPPED_SHARE
    sts_weight: float = WEIGHTS["sts"]
    question_weight: float = WEIGHTS["question"]
    threads: int = 2
    device: str = "cpu"
    precision: str = "fp32"
    save_seconds: float = 120.0
    table_mix: Mix = Mix(
        pairs=256, questions=12, scored=24, singles=256, words=128, max_tokens=128, excerpts=48
    )
    full_mix: Mix = Mix(pairs=128, questions=10, excerpts=24, scored=16, singles=96, words=64, max_tokens=256)
    long_mix: Mix = Mix(
        pairs=32, questions=8, scored=0, singles=32, words=0, max_tokens=256, excerpts=6, long=True
    )


class Run:
    """The state of a training run and the step that moves it."""

    def __init__(self, plan: Plan, data: TrainingData, table: torch.Tensor, shape: Shape) -> None:
        torch.manual_seed(_FIRST_LAYERS)
        self.plan, self.step, self.seconds = plan, 0, 0.0
        self.student, self.table = Student(shape).to(plan.device), TokenTable(table.to(plan.device))
        self._data = data
        parameters = list(self.student.parameters())
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
                {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
            ],
            lr=plan.rate,
            betas=(0.9, 0.98),
            eps=1e-6,
        )

    @property
    def done(self) -> float:
        """The share of the run that is done, 0 to 1."""
        plan = self.plan
        if plan.steps:
            return self.step / plan.steps
        return self.seconds / (60 * plan.minutes) if plan.minutes else 1.0

    def advance(self) -> dict[str, float]:
        """One step; its losses."""
        start = time.process_time()
        batch = self._data.draw(self._mix(), self.step).to(self.plan.device)
        rows = self.table.read(batch.texts.rows)
        losses = self._losses(batch, rows)
        loss = total(losses, WEIGHTS | {"sts": self.plan.sts_weight, "question": self.plan.question_weight})
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._move(batch, rows)
        self.step += 1
        self.seconds += (time.process_time() - start) / self.plan.threads
        return {name: float(value.detach()) for name, value in losses.items()} | {
            "texts": len(batch.texts.lengths),
            "tokens": len(batch.texts.inverse),
        }

    def state_dict(self) -> dict[str, Any]:
        """All that `resume` needs."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "shape": asdict(self.student.shape),
            "student": self.student.state_dict(),
            "table": self.table.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.step, self.seconds = state["step"], state["seconds"]
        self.student.load_state_dict(state["student"])
        self.table.load_state_dict(state["table"])
        self._optimiser.load_state_dict(state["optimiser"])

    def _mix(self) -> Mix:
        if self.done < self.plan.heads_from:
            return self.plan.table_mix
        return self.plan.long_mix if self.step % LONG_EVERY == 0 else self.plan.full_mix

    def _losses(self, batch: Batch, rows: torch.Tensor) -> Losses:
        contextual = self.done >= self.plan.contextual_from
        if self.done < self.plan.heads_from or self.step % self.plan.heads_every:
            with self._lower_precision():
                dense = self.student.dense(batch.texts, rows, contextual)
            return dense_losses(self.student, dense.float(), batch)
        with self._lower_precision():
            hidden = self.student.tokens(batch.texts, rows, contextual)
        hidden = hidden.float()
        dense = torch.nn.functional.normalize(hidden[batch.texts.first], dim=-1)
        return dense_losses(self.student, dense, batch) | token_losses(self.student, hidden, batch)

    def _lower_precision(self) -> torch.autocast:
        device = torch.device(self.plan.device).type
        return torch.autocast(device, torch.bfloat16, enabled=self.plan.precision == "bf16")

    def _move(self, batch: Batch, rows: torch.Tensor) -> None:
        share = self._rate_share()
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate * share
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), LARGEST_GRADIENT)
        self._optimiser.step()
        assert rows.grad is not None
        self.table.move(batch.texts.rows, rows.grad, self.plan.table_rate * share)

    def _rate_share(self) -> float:
        """A short warm-up, then half a cosine down to LAST_RATE_SHARE."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, self.done)))
        return min(1.0, (self.step + 1) / WARM_STEPS) * (LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * cosine)


def train(work: WorkFolder, name: str, plan: Plan, shape: Shape, start: Sequence[Path] = ()) -> None:
    """Run to the end of the plan, from the saved state of the run `name` if there is one.

    `start` are saved states of other runs: a new run begins with the mean of their token tables, and of their
    layers too if they have its shape; not with their schedules. Runs from one initial table have a mean that
    generalises better than each.
    """
    torch.set_num_threads(plan.threads)
    if plan.device != "cpu":
        torch.set_default_device(plan.device)  # The losses make masks and ranges of their own.
    folder = work.run(name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.pid").write_text(str(os.getpid()))
    run = _begin(work, plan, shape, folder / "state.pt", start)
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open(folder / "log.txt", "a", encoding="utf-8") as log:
        for line in _advance(run, folder / "state.pt", stop):
            print(line, flush=True)
            print(line, file=log, flush=True)


def _begin(work: WorkFolder, plan: Plan, shape: Shape, saved: Path, start: Sequence[Path]) -> Run:
    data = TrainingData(work, shape.targets, plan.seed, plan.dropped_share)
    if saved.exists():
        run = Run(plan, data, torch.zeros(data.vocabulary, shape.hidden), shape)
        run.resume(torch.load(saved, map_location=plan.device))
        return run
    if start:
        states = [torch.load(path, map_location=plan.device) for path in start]
        run = Run(plan, data, _mean([state["table"]["vectors"] for state in states]), shape)
        if all(state["shape"] == asdict(shape) for state in states):
            students = [state["student"] for state in states]
            run.student.load_state_dict({key: _mean([x[key] for x in students]) for key in students[0]})
        return run
    from tools.compact_model.initial import initial_table
    from tools.compact_model.teacher_use import UseTeacher

    return Run(plan, data, initial_table(work, UseTeacher(), data.teaching, shape.hidden), shape)


def _mean(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(tensors)).mean(0)


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
            means = " ".join(f"{key} {sums[key] / counts[key]:.4f}" for key in losses_order(sums))
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


def losses_order(sums: Counter[str]) -> list[str]:
    """The losses, without the counts of texts and tokens."""
    return [key for key in sums if key not in ("texts", "tokens")]


def save(run: Run, path: Path) -> None:
    """Save all at once: a stop in between leaves the old state."""
    part = path.with_name(path.name + ".part")
    torch.save(run.state_dict(), part)
    os.replace(part, path)
