"""The files of a work folder: one place for their names and formats. Computes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tools.compact_model.corpus import Corpus, Group, Question
from tools.compact_model.split import StsPair, Validation

# Their vectors stand side by side in a target.
TEACHERS = ("use", "e5")
# Groups of so many translations get two vectors of the teacher, smaller ones one.
LARGE_GROUP = 4


@dataclass(frozen=True)
class TrainingText:
    """One text to train on; equal `group` numbers are translations of each other."""

    group: int
    language: str
    source: str
    text: str


@dataclass(frozen=True)
class WorkFolder:
    """What `prepare`, `label`, `tokenizer` and `train` leave for each other."""

    path: Path

    def labels(self, teacher: str) -> Path:
        """A teacher's vectors, one file for each shard of texts."""
        return self.path / "labels" / teacher

    @property
    def tokenizer(self) -> Path:
        """The pruned tokenizer."""
        return self.path / "tokenizer.json"

    @property
    def kept_pieces(self) -> Path:
        """BGE-M3's id of each token."""
        return self.path / "bge_m3_ids.json"

    def run(self, name: str) -> Path:
        """The folder of a training run."""
        return self.path / "runs" / name

    def write_training(self, corpus: Corpus) -> int:
        """Write the texts, one line each, and the pairs that refer to them by line. The number of texts."""
        number: dict[str, int] = {}
        with open(self.path / "texts.tsv", "w", encoding="utf-8") as file:
            for at, row in enumerate(_training_texts(corpus)):
                number.setdefault(row.text, at)
                file.write(f"{row.group}\t{row.language}\t{row.source}\t{row.text}\n")
        one = _one_line
        questions = [(number[one(item.question)], number[one(item.passage)]) for item in corpus.questions]
        scored = [(number[one(pair.a)], number[one(pair.b)], pair.score) for pair in corpus.scored]
        write_json(self.path / "pairs.json", {"questions": questions, "scored": scored})
        return at + 1

    def texts(self) -> Iterator[TrainingText]:
        """The training texts in the order of their numbers."""
        with open(self.path / "texts.tsv", encoding="utf-8") as file:
            for line in file:
                group, language, source, text = line.rstrip("\n").split("\t", 3)
                yield TrainingText(int(group), language, source, text)

    def pairs(self) -> dict[str, list[Any]]:
        """`questions`: (question, passage) by text number; `scored`: (a, b, score)."""
        pairs: dict[str, list[Any]] = read_json(self.path / "pairs.json")
        return pairs

    def write_validation(self, validation: Validation) -> None:
        """Write the held-out texts."""
        parts = {
            name: [asdict(x) for x in getattr(validation, name)] for name in ("groups", "sts", "questions")
        }
        write_json(self.path / "validation.json", parts)

    def validation(self) -> Validation:
        """The held-out texts."""
        parts = read_json(self.path / "validation.json")
        return Validation(
            groups=tuple(Group(**x) for x in parts["groups"]),
            sts=tuple(StsPair(**x) for x in parts["sts"]),
            questions=tuple(Question(**x) for x in parts["questions"]),
        )


def write_json(path: Path, content: Any) -> None:
    """Write JSON, all at once: a stop in between leaves the old file."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(part, path)


def read_json(path: Path) -> Any:
    """Read what `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array, all at once."""
    part = path.with_name(path.name + ".part")
    with open(part, "wb") as file:
        np.save(file, array)
    os.replace(part, path)


def _training_texts(corpus: Corpus) -> Iterator[TrainingText]:
    """The texts in the order in which the teacher's vectors are worth most.

    First one text of each group, then a second one of the large groups, then single texts:
    translations beyond these share their group's vector, and need none of their own.
    """
    rows = [_group_rows(number, group) for number, group in enumerate(corpus.groups)]
    yield from (row[0] for row in rows)
    yield from (row[1] for row in rows if len(row) >= LARGE_GROUP)
    written = {text.text for row in rows for text in row}
    yield from _single_texts(corpus, written, len(rows))
    yield from (text for row in rows for text in row[2 if len(row) >= LARGE_GROUP else 1 :])


def _group_rows(number: int, group: Group) -> list[TrainingText]:
    """English first: the teacher knows it best."""
    languages = sorted(group.texts, key=lambda language: (language != "en", _shuffled(number, language)))
    return [TrainingText(number, x, group.source, _one_line(group.texts[x])) for x in languages]


def _shuffled(number: int, language: str) -> int:
    """A fixed, even order of the languages of a group."""
    return crc32(f"{number} {language}".encode())


def _single_texts(corpus: Corpus, written: set[str], group: int) -> Iterator[TrainingText]:
    passages = [(x.language, x.source, text) for x in corpus.questions for text in (x.question, x.passage)]
    scored = [("", "scored", text) for pair in corpus.scored for text in (pair.a, pair.b)]
    plain = [(x.language, x.source, x.text) for x in corpus.texts]
    for language, source, text in (*passages, *scored, *plain):
        if (text := _one_line(text)) not in written:
            written.add(text)
            yield TrainingText(group, language, source, text)
            group += 1


def _one_line(text: str) -> str:
    return " ".join(text.split())
