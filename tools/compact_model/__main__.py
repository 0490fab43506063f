"""One command for each step: python -m tools.compact_model prepare | tokenizer | label | train | evaluate | ..."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path

from tools.compact_model.files import WorkFolder, write_json

_PLAN = {
    "minutes": float,
    "steps": int,
    "seed": int,
    "rate": float,
    "table_rate": float,
    "contextual_from": float,
    "heads_from": float,
    "heads_every": int,
    "threads": int,
}


def main() -> None:
    """Run one step."""
    arguments = _parser().parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.step(WorkFolder(arguments.work), arguments)


def _prepare(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.corpus import read_corpus
    from tools.compact_model.split import split_corpus

    training, validation = split_corpus(read_corpus(arguments.corpus))
    work.write_validation(validation)
    n_texts = work.write_training(training)
    print(f"{n_texts} training texts, {len(training.groups)} groups, {len(training.scored)} scored pairs")
    print(f"held out: {len(validation.groups)} groups, {len(validation.sts)} STS pairs", end=", ")
    print(f"{len(validation.questions)} questions")


def _tokenizer(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.teacher import Teacher
    from tools.compact_model.tokenizer import write_tokenizer

    write_tokenizer(work, Teacher(), arguments.vocabulary)


def _label(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.label import label

    label(work, arguments.jobs, arguments.most)


def _train(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.student import Shape
    from tools.compact_model.train import Plan, train

    given = {field.name: getattr(arguments, field.name, None) for field in fields(Plan)}
    plan = Plan(**{name: value for name, value in given.items() if value is not None})
    train(work, arguments.run, plan, Shape(layers=arguments.layers), arguments.start)


def _export(work: WorkFolder, arguments: argparse.Namespace) -> None:
    import torch

    from tools.compact_model.export import export

    state = torch.load(work.path / "runs" / arguments.run / "state.pt")
    print(f"{export(work, state, arguments.out)} bytes after {state['step']} steps")


def _evaluate(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.evaluate import evaluate

    figures = evaluate(arguments.checkpoint, work.validation())
    write_json(work.path / f"{arguments.name}.json", figures)
    print(json.dumps(figures, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.compact_model")
    steps = parser.add_subparsers(required=True)
    prepare = _step(steps, "prepare", _prepare)
    prepare.add_argument("--corpus", type=Path, required=True)
    tokenizer = _step(steps, "tokenizer", _tokenizer)
    tokenizer.add_argument("--vocabulary", type=int, default=60_000)
    label = _step(steps, "label", _label)
    label.add_argument("--jobs", type=int, default=2)
    label.add_argument("--most", type=int)
    train = _step(steps, "train", _train)
    train.add_argument("--run", default="run")
    train.add_argument("--start", type=Path)
    train.add_argument("--layers", type=int, default=2)
    for name, kind in _PLAN.items():
        train.add_argument(f"--{name.replace('_', '-')}", type=kind)
    export = _step(steps, "export", _export)
    export.add_argument("--run", default="run")
    export.add_argument("--out", type=Path, required=True)
    evaluate = _step(steps, "evaluate", _evaluate)
    evaluate.add_argument("--checkpoint", required=True)
    evaluate.add_argument("--name", default="figures")
    return parser


def _step(steps, name, run):  # type: ignore
    step = steps.add_parser(name)
    step.add_argument("--work", type=Path, required=True)
    step.set_defaults(step=run)
    return step


if __name__ == "__main__":
    main()
