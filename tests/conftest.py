"""What all tests share: no network, the fake encoder, the shipped checkpoint and a random one of its
layout."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

# Read by the libraries at their first import, which the fixtures below leave for later.
os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    GRADIO_ANALYTICS_ENABLED="False",
    TOKENIZERS_PARALLELISM="true",
    # Converted models of the tests end with them.
    BGE_DEMO_DATA_DIR=tempfile.mkdtemp(prefix="bge-m3-demo-tests-"),
)
atexit.register(shutil.rmtree, os.environ["BGE_DEMO_DATA_DIR"], ignore_errors=True)

# On a busy machine threads that wait for each other are slower than one; the models here are small.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples every time, so that a red run can be repeated; no time limit: machines are busy.
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("steady")

# Here, so that it is a plugin before any test module imports from it.
pytest_plugins = ("server",)

if TYPE_CHECKING:
    from corpus_stores import Store
    from fakes import FakeEncoder
    from playwright.sync_api import Browser
    from recording_engine import RecordingEngine
    from small_machine import Machine
    from visits import Visit

    from bge_demo.encoder.text_encoder import TextEncoder
    from bge_demo.retrieval.corpora import Corpora


@pytest.fixture
def fake() -> FakeEncoder:
    """A fresh encoder with one dimension per word."""
    from fakes import FakeEncoder

    return FakeEncoder()


@pytest.fixture(scope="session")
def compact() -> TextEncoder:
    """The shipped checkpoint m3-compact, loaded for real."""
    from bge_demo.encoder.text_encoder import load_encoder

    return load_encoder("m3-compact", engine="torch", device="cpu")


@pytest.fixture(scope="session")
def random_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in BGE-M3 layout with random weights; copy it before changing it."""
    from checkpoint_factory import write_random_checkpoint

    return write_random_checkpoint(tmp_path_factory.mktemp("random") / "random-m3")


@pytest.fixture
def engine() -> Iterator[RecordingEngine]:
    """An engine to hold and to break; it is let go when the test ends."""
    from recording_engine import RecordingEngine

    engine = RecordingEngine()
    yield engine
    engine.may_run.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for as many visitors at once."""
    with ThreadPoolExecutor(20) as pool:
        yield pool


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A small machine of its own for start_server.sh."""
    from small_machine import set_up

    return set_up(tmp_path / "a machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    from visits import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, server_url: str) -> Iterator[Visit]:
    """A visitor of the page; see the plugin `server`."""
    from visits import Visit

    visit = Visit(browser, server_url)
    yield visit
    visit.close()


@pytest.fixture(params=["folders", "server-in-memory", pytest.param("server", marks=pytest.mark.qdrant)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Everywhere that corpora can live; those of the test end with it."""
    from corpus_stores import opened_store

    one = opened_store(request.param, tmp_path / "corpora")
    before = set(one.corpora.idle_days())
    yield one
    for handle in set(one.corpora.idle_days()) - before:
        one.corpora.delete(handle)
    one.corpora.close()


@pytest.fixture
def corpora(store: Store) -> Corpora:
    """The corpora of `store`."""
    return store.corpora
