"""A process to be killed: indexes into a corpus, or searches it, and says what it has done so far.

python indexing_child.py index FOLDER HANDLE     "confirmed N" after every batch
python indexing_child.py search FOLDER HANDLE    "found N" after every search
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from corpus_stores import add_texts, asked, index_of
from fakes import FakeEncoder

from bge_demo.retrieval.corpora import FolderCorpora
from bge_demo.retrieval.pipelines import PIPELINES

BATCH = 8


def text_of(number: int) -> str:
    """Few words, so that the fake encoder's vectors stay small."""
    return f"all word{number % 50} word{number // 50 % 50 + 50}"


def encoder() -> FakeEncoder:
    """Knows the words in the same order in every process, so that their ids agree."""
    fake = FakeEncoder(dim=128)
    fake.tokenize([" ".join(["all", *(f"word{number}" for number in range(100))])])
    return fake


def main() -> None:
    """Go on until killed, or until all is indexed."""
    job, folder, handle = sys.argv[1:]
    fake = encoder()
    index = index_of(FolderCorpora(Path(folder)), fake, handle)
    missing = index.missing()
    if job == "search":
        while True:
            rankings = [index.rankings(one, asked(fake, "all word3")) for one in PIPELINES.values()]
            print("found", len(rankings[0][-1].found), flush=True)
    for start in range(missing[0], index.card.n_passages, BATCH):
        texts = [text_of(number) for number in range(start, min(start + BATCH, index.card.n_passages))]
        add_texts(index, fake, texts, first=start)
        print("confirmed", start + len(texts), flush=True)


if __name__ == "__main__":
    main()
