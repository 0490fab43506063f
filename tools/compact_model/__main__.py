"""One command for each step, in the order of the README: python -m tools.compact_model prepare, ..."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.compact_model.files import WorkFolder, write_json

# Settings of `Plan` that a command may change.
_PLAN = {"minutes": float, "steps": int, "seed": int, "rate": float, "table_rate": float, "threads": int}


def main() -> None:
    """Run one step."""
    arguments = _parser().parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    arguments.step(WorkFolder(arguments.work), arguments)


def _prepare(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.catalogues import read_sentences
    from tools.compact_model.corpus import read_corpus, trained
    from tools.compact_model.split import split_corpus

    sentences = read_sentences(arguments.catalogues)
    training, validation = split_corpus(read_corpus(arguments.corpus), sentences)
    training = trained(training)
    work.write_validation(validation)
    n_texts = work.write_training(training)
    print(f"{n_texts} training texts, {len(training.groups)} groups, {len(training.scored)} scored pairs")
    print(f"held out: {len(validation.groups)} groups, {len(validation.sts)} STS pairs", end=", ")
    print(f"{len(validation.questions)} questions")


def _tokenizer(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.e5 import E5File, model_path
    from tools.compact_model.tokenizer import VOCABULARY, write_tokenizer

    n_pieces = write_tokenizer(work, E5File(model_path()), arguments.vocabulary or VOCABULARY)
    print(f"{n_pieces} pieces")


def _label(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.label import label

    label(work, arguments.jobs, arguments.most)


def _train(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.train import Plan, train

    given: dict[str, Any] = {name: getattr(arguments, name) for name in _PLAN}
    train(work, arguments.run, Plan(**{name: value for name, value in given.items() if value is not None}))


def _export(work: WorkFolder, arguments: argparse.Namespace) -> None:
    import torch

    from tools.compact_model.export import export

    state = torch.load(work.run(arguments.run) / "state.pt")
    print(f"{export(work, state['weights'], arguments.out)} bytes after {state['step']} steps")


def _evaluate(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.catalogues import read_sentences
    from tools.compact_model.evaluate import evaluate

    catalogues = read_sentences(arguments.catalogues)
    figures = evaluate(arguments.checkpoint, work.validation(), catalogues, arguments.precision)
    write_json(work.path / f"{arguments.name}.json", figures)
    print(json.dumps(figures, ensure_ascii=False))


def _card(work: WorkFolder, arguments: argparse.Namespace) -> None:
    from tools.compact_model.card import write_card
    from tools.compact_model.files import read_json

    before, after = (read_json(work.path / f"{name}.json") for name in (arguments.before, arguments.after))
    write_card(arguments.checkpoint, before, after)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.compact_model")
    steps = parser.add_subparsers(required=True)
    prepare = _step(steps, "prepare", _prepare)
    for folder in ("--corpus", "--catalogues"):
        prepare.add_argument(folder, type=Path, required=True)
    _step(steps, "tokenizer", _tokenizer).add_argument("--vocabulary", type=int)
    label = _step(steps, "label", _label)
    label.add_argument("--jobs", type=int, default=2)
    label.add_argument("--most", type=int)
    _add_train(_step(steps, "train", _train))
    export = _step(steps, "export", _export)
    export.add_argument("--run", default="run")
    export.add_argument("--out", type=Path, required=True)
    evaluate = _step(steps, "evaluate", _evaluate)
    evaluate.add_argument("--checkpoint", required=True)
    evaluate.add_argument("--name", default="figures")
    evaluate.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    evaluate.add_argument("--catalogues", type=Path, required=True)
    card = _step(steps, "card", _card)
    card.add_argument("--checkpoint", type=Path, required=True)
    card.add_argument("--before", required=True)
    card.add_argument("--after", required=True)
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("--run", default="run")
    for name, kind in _PLAN.items():
        train.add_argument(f"--{name.replace('_', '-')}", type=kind)


def _step(
    steps: Any, name: str, run: Callable[[WorkFolder, argparse.Namespace], None]
) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name)
    step.add_argument("--work", type=Path, required=True)
    step.set_defaults(step=run)
    return step


if __name__ == "__main__":
    main()
