"""Baselines against figures by hand, a BERT made here, and endpoints that misbehave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bge_demo.encoder.baselines import (
    CharacterNgrams,
    ServedModel,
    TokenVectorMean,
    UnavailableError,
    in_child,
    pair_cosines,
    word_vectors,
)
from bge_demo.encoder.embedding_endpoints import EmbeddingEndpoint
from bge_demo.encoder.listed_encoders import ListedEncoders
from bge_demo.encoder.sentence_encoders import SentenceEncoder, encode_with, sentence_encoders
from bge_demo.errors import SettingsError

if TYPE_CHECKING:
    from fakes import FakeEncoder

    from bge_demo.encoder.text_encoder import TextEncoder

TEXTS = ["red cat", "red dog", "blue bird sings", "red cat"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "cat", "dog", "blue", "bird", "sings"]


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of random weights that reads 16 tokens, in a folder as transformers saves it."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert") / "tiny-bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=16)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=16,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_bert_equals_a_forward_pass_by_hand(bert: Path, pooling: str) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    rows, _, _ = encode_with(str(bert), pooling, TEXTS)  # type: ignore[arg-type]
    model, tokenizer = AutoModel.from_pretrained(bert).eval(), AutoTokenizer.from_pretrained(bert)
    inputs = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"][:, :, None]
    by_hand = hidden[:, 0] if pooling == "cls" else (hidden * mask).sum(1) / mask.sum(1)
    assert np.abs(rows - by_hand.numpy()).max() < 1e-5


def test_read_tokens_come_from_the_models_own_limit(bert: Path) -> None:
    _, tokens, _ = encode_with(str(bert), "mean", ["red cat", "red " * 50])
    assert tokens == [(4, 4), (16, 52)]


def test_plain_bert_stands_for_two_encoders_and_runs_in_a_child(bert: Path) -> None:
    encoders = sentence_encoders(str(bert))
    assert [one.name for one in encoders] == ["tiny-bert (CLS)", "tiny-bert (MEAN)"]
    reading = encoders[1].read(["red cat", "red cat", "red cat", "blue bird sings"])
    assert reading.similarities[0] == pytest.approx(1, abs=1e-5)
    assert reading.similarities[1] < 1
    assert len(reading.tokens) == 4


def test_what_is_not_here_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="hf download nobody/nothing"):
        SentenceEncoder("nobody/nothing", "own").read(TEXTS)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UnavailableError, match="cannot be loaded"):
        encode_with(str(tmp_path), "mean", TEXTS)


def test_a_child_that_dies_is_told() -> None:
    import os

    with pytest.raises(UnavailableError, match="exit code 3"):
        in_child(os._exit, 3)


def test_character_ngrams_know_spelling_only() -> None:
    reading = CharacterNgrams().read(["warranty", "warranties", "cat", "Katze", "same text", "same text"])
    related, unrelated, same = reading.similarities
    assert same == pytest.approx(1)
    assert related > 0.3
    assert unrelated < 0.1


def test_token_vectors_are_the_mean_of_the_checkpoints_rows(compact: TextEncoder) -> None:
    texts = ["red cat", "the cat is red", "red cat", "cat red"]
    reading = TokenVectorMean(compact).read(texts)
    means = [
        np.mean([word_vectors(compact.checkpoint.folder, [i])[0] for i in text.ids[1:-1]], axis=0)
        for text in compact.tokenize_whole(texts)
    ]
    assert reading.similarities == pytest.approx(pair_cosines(np.stack(means)), abs=1e-6)
    assert reading.similarities[1] == pytest.approx(1, abs=1e-5)  # No context: the order is not seen.


def test_token_vectors_need_a_checkpoint(fake: FakeEncoder) -> None:
    with pytest.raises(UnavailableError, match="cannot be read"):
        TokenVectorMean(fake).read(TEXTS)


def test_the_served_model_gives_the_cosines_of_compare(fake: FakeEncoder) -> None:
    reading = ServedModel(fake, 4).read([*TEXTS[:2], "a b c d e", "a b"])
    assert reading.similarities == pytest.approx([0.5, 1.0])
    assert reading.tokens == ((4, 4), (4, 4), (4, 7), (4, 4))


Respond = Callable[[list[str]], tuple[int, Any]]


@pytest.fixture
def serve() -> Iterator[Callable[[Respond], str]]:
    """Starts an endpoint that answers as told; gives its address."""
    servers = []

    def start(respond: Respond) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seen.append({"path": self.path, "key": self.headers["Authorization"], **body})
                status, answer = respond(body["input"])
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *values: object) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    seen: list[dict[str, Any]] = []
    start.seen = seen  # type: ignore[attr-defined]
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _vectors(texts: list[str], width: int = 3) -> dict[str, Any]:
    items = [
        {"index": i, "embedding": [len(text), 1.0, *[0.5] * (width - 2)]} for i, text in enumerate(texts)
    ]
    return {"data": items[::-1]}


def test_an_endpoint_is_asked_in_openais_shape(serve: Any) -> None:
    address = serve(lambda texts: (200, _vectors(texts)))
    reading = EmbeddingEndpoint("mine", f"http://secret@{address}/v1#small").read(["aa", "aa", "a", "aaaa"])
    assert reading.similarities[0] == pytest.approx(1)
    assert reading.tokens == ()
    asked = serve.seen[0]
    assert (asked["path"], asked["key"], asked["model"]) == ("/v1/embeddings", "Bearer secret", "small")


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (lambda texts: (500, {}), "status 500"),
        (lambda texts: (200, {"data": []}), "shape of OpenAI"),
        (lambda texts: (200, [1]), "shape of OpenAI"),
        (lambda texts: (200, {"data": [{"embedding": "AAAA"}] * len(texts)}), "shape of OpenAI"),
        (
            lambda texts: (200, {"data": [{"embedding": [1] * (i + 1)} for i in range(len(texts))]}),
            r"1, 2, 3, 4",
        ),
    ],
)
def test_a_wrong_answer_is_named(serve: Any, respond: Respond, words: str) -> None:
    with pytest.raises(UnavailableError, match=words):
        EmbeddingEndpoint("mine", f"http://{serve(respond)}").read(TEXTS)


def test_batches_of_unlike_dimension_are_named(serve: Any) -> None:
    address = serve(lambda texts: (200, _vectors(texts, 3 if len(texts) == 64 else 4)))
    with pytest.raises(UnavailableError, match="3, 4"):
        EmbeddingEndpoint("mine", f"http://{address}").read(["a"] * 66)


def test_an_endpoint_that_hangs_or_is_away_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(UnavailableError, match="did not answer"):
            EmbeddingEndpoint("mine", f"http://127.0.0.1:{port}", timeout_seconds=0.3).read(TEXTS)
    with pytest.raises(UnavailableError, match="cannot be reached"):
        EmbeddingEndpoint("mine", f"http://127.0.0.1:{port}").read(TEXTS)


def test_the_list_holds_folders_names_and_endpoints(bert: Path) -> None:
    listed = ListedEncoders.from_setting(f"{bert}, some/name ,api=https://example.org/v1,")
    names = [one.name for one in listed.encoders()]
    assert names == ["tiny-bert (CLS)", "tiny-bert (MEAN)", "some/name", "api"]
    assert ListedEncoders.from_setting("").encoders() == []


@pytest.mark.parametrize(
    ("listed", "offline", "words"),
    [
        ("https://example.org/v1", False, "name=https"),
        ("x=ftp://example.org", False, "name=https"),
        ("x=https://example.org/v1", True, "forbids calls"),
    ],
)
def test_a_wrong_entry_is_refused_at_the_start(listed: str, offline: bool, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        ListedEncoders.from_setting(listed, offline)


def test_offline_an_endpoint_of_this_machine_is_allowed() -> None:
    assert len(ListedEncoders.from_setting("x=http://localhost:8080/v1", offline=True).endpoints) == 1
