"""What serves first, what is fetched beside it, what takes over, and what stays when that fails.

A real hub and real checkpoints, without a server.
"""

from __future__ import annotations

import gc
import shutil
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from checkpoint_factory import DIM, write_head
from local_hub import REPOSITORY, REVISION, Fault, LocalHub, card_of

from bge_demo.checkpoints.cards import BGE_M3
from bge_demo.checkpoints.download import Patience, Progress
from bge_demo.checkpoints.hub import Hub, fetch
from bge_demo.errors import InputError, NotReadyError, SettingsError
from bge_demo.locales import LANGUAGES, say
from bge_demo.serving import model_loading
from bge_demo.serving.background import background_cosines
from bge_demo.serving.model_host import ModelHost, ModelStatus
from bge_demo.serving.model_loading import ModelLife, ProgressLines, offered_models, progress_phrase
from bge_demo.settings import Settings

WEIGHTS = "pytorch_model.bin"
LONG = 60.0
SHORT = Patience(attempts=1, first_pause_seconds=0.01, stall_seconds=1.0)


@pytest.fixture
def hub(random_checkpoint: Path, tmp_path: Path) -> Iterator[LocalHub]:
    """A hub whose folder may be broken before `publish`."""
    published = Path(shutil.copytree(random_checkpoint, tmp_path / "published"))
    with LocalHub(published).running() as hub:
        yield hub


@pytest.fixture
def publish(hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make what lies in the hub's folder now the BGE-M3 of this process, whose cache is empty."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    address = f"{hub.url}/{REPOSITORY}/resolve/{REVISION}"
    here = Hub("127.0.0.1", lambda card, file: f"{address}/{file.name}", {})
    monkeypatch.setattr(model_loading, "fetch", partial(fetch, patience=SHORT))
    monkeypatch.setattr(model_loading, "open_hub", lambda name: here)

    def now() -> None:
        card = card_of(hub.folder)
        monkeypatch.setattr("bge_demo.checkpoints.cards.BGE_M3", card)
        monkeypatch.setattr(model_loading, "BGE_M3", card)

    return now


def lived(model: str = "auto", **settings: object) -> ModelHost:
    """A host whose loading thread has ended."""
    host = ModelLife(model, Settings(engine="torch", device="cpu", **settings)).host  # type: ignore[arg-type]
    host.start()
    for thread in threading.enumerate():
        if thread.name == "model-loader":
            thread.join(LONG)
            assert not thread.is_alive()
    return host


def notice(status: ModelStatus) -> str:
    assert status.notice is not None
    return say(status.notice.key, "en", **status.notice.values)


def test_auto_ends_with_bge_m3_and_says_nothing_more(publish: Callable[[], None]) -> None:
    publish()
    status = lived().status()
    assert status.state == "ready"
    assert status.model is not None
    assert (status.model.name, status.model.revision) == ("BAAI/bge-m3", REVISION)
    assert (status.notice, status.coming) == (None, None)


def test_bge_m3_of_the_cache_serves_without_a_question(publish: Callable[[], None], hub: LocalHub) -> None:
    publish()
    lived("BAAI/bge-m3")
    hub.asked.clear()
    for model in ("auto", "BAAI/bge-m3"):
        assert lived(model).encoder().info.name == "BAAI/bge-m3"
    assert hub.asked == []


def test_a_damaged_cache_is_mended(publish: Callable[[], None], hub: LocalHub, tmp_path: Path) -> None:
    publish()
    lived()
    (weights,) = (path for path in (tmp_path / "cache").rglob(WEIGHTS))
    weights.write_bytes(weights.read_bytes()[:-1000])
    hub.asked.clear()
    assert lived().encoder().info.name == "BAAI/bge-m3"
    assert {one.path.rpartition("/")[2] for one in hub.asked} == {WEIGHTS}


def _other_head(published: Path) -> None:
    write_head(published / "colbert_linear.pt", DIM, DIM + 1)


def _half_the_layers(published: Path) -> None:
    import torch

    state = torch.load(published / WEIGHTS, weights_only=True)
    torch.save({key: value for key, value in state.items() if ".layer.1." not in key}, published / WEIGHTS)


@pytest.mark.parametrize(
    ("breaks", "named"), [(_other_head, "colbert_linear.pt"), (_half_the_layers, "encoder.layer.1.")]
)
def test_a_checkpoint_that_does_not_fit_together_never_serves(
    publish: Callable[[], None], hub: LocalHub, tmp_path: Path, breaks: Callable[[Path], None], named: str
) -> None:
    breaks(hub.folder)
    publish()
    status = lived().status()
    assert status.model is not None
    assert status.model.name == "m3-compact"
    assert named in notice(status)
    assert str(tmp_path) not in str(status.to_json())


def test_published_scores_that_do_not_come_out_keep_m3_compact(
    publish: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random weights under the real revision: whole, fitting together, and not BGE-M3."""
    publish()
    lived()
    pretended = model_loading.BGE_M3.__class__(**vars(model_loading.BGE_M3) | {"revision": BGE_M3.revision})
    monkeypatch.setattr("bge_demo.checkpoints.cards.BGE_M3", pretended)
    monkeypatch.setattr(model_loading, "BGE_M3", pretended)
    status = lived().status()
    assert status.model is not None
    assert status.model.name == "m3-compact"
    assert "the scores of its published example come out" in notice(status)


def test_m3_compact_stays_with_the_cause_and_the_remedies(publish: Callable[[], None], hub: LocalHub) -> None:
    hub.order_always(WEIGHTS, Fault(status=401))
    publish()
    host = lived()
    answer = host.status().to_json()
    assert (answer["state"], answer["model"]["name"]) == ("ready", "m3-compact")
    begins = {"en": "m3-compact goes on answering.", "zh": "继续由 m3-compact 作答。"}
    for language in LANGUAGES:
        assert answer["notice"][language].startswith(begins[language])
        assert all(word in answer["notice"][language] for word in ("127.0.0.1", "401", "HF_TOKEN", "--model"))
    assert answer["self_check"]["verdict"] == "passed"
    assert host.encoder().info.name == "m3-compact"


def test_offline_stays_with_what_is_there(
    publish: Callable[[], None], hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "offline mode forbids fetching it" in notice(lived().status())
    with pytest.raises(NotReadyError, match="offline mode forbids"):
        lived("BAAI/bge-m3").encoder()
    assert hub.asked == []


def test_offline_tells_the_damage_of_what_is_there(
    publish: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    lived()
    (head,) = (path for path in (tmp_path / "cache").rglob("sparse_linear.pt"))
    head.write_bytes(b"damaged")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "sparse_linear.pt of BAAI/bge-m3 cannot be read" in notice(lived().status())


def test_a_missing_modelscope_client_is_told(
    publish: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    monkeypatch.undo()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", "/nonexistent")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setitem(sys.modules, "modelscope.hub.file_download", None)
    assert "pip install modelscope" in notice(lived(hub="modelscope").status())


def test_the_old_encoder_goes_when_its_last_request_ends(publish: Callable[[], None], hub: LocalHub) -> None:
    hub.bytes_per_second = 3_000_000
    publish()
    life = ModelLife("auto", Settings(engine="torch", device="cpu"))
    life.host.start()
    in_flight = life.host.encoder()
    assert in_flight.info.name == "m3-compact"
    old, old_background = weakref.ref(in_flight), weakref.ref(background_cosines(in_flight))
    deadline = time.monotonic() + LONG
    while life.host.encoder().info.name == "m3-compact" and time.monotonic() < deadline:
        time.sleep(0.05)
    now = life.host.encoder()
    assert now.info.name == "BAAI/bge-m3"
    # The request under way goes on with the encoder it was given.
    assert in_flight.encode(["still here"]).dense is not None
    del in_flight
    while old() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.05)
    assert (old(), old_background()) == (None, None)
    assert len(background_cosines(now)) == 256 * 255 // 2


def test_the_operators_list_is_offered_by_name(random_checkpoint: Path) -> None:
    models = offered_models(Settings(models=f"m3-compact, {random_checkpoint}", engine="torch", device="cpu"))
    assert models.names == ("m3-compact", "random-m3")
    assert not models.host("random-m3").is_ready
    assert models.encoder("random-m3").info.name == "random-m3"
    assert not models.host().is_ready
    with pytest.raises(InputError, match=r"no model '/etc' here\. Use one of: m3-compact, random-m3"):
        models.encoder("/etc")


def test_without_a_list_the_one_model_is_offered() -> None:
    assert offered_models(Settings()).names == ("auto",)


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="have the same name: mine, mine"):
        offered_models(Settings(models=f"{tmp_path}/a/mine,{tmp_path}/b/mine"))


@pytest.mark.parametrize(
    ("progress", "english", "chinese"),
    [
        (
            Progress(812_000_000, 2_295_419_213, 5_200_000.0),
            "812 MB of 2.30 GB (35 %), 5.2 MB/s, about 5 min left",
            "剩余约 5 分钟",
        ),
        (Progress(0, 2_295_419_213), "0 KB of 2.30 GB (0 %)", "（0 %）"),
        (Progress(2_290_000_000, 2_295_419_213, 5e6), "less than a minute left", "不到 1 分钟"),
        (Progress(10_000_000, 2_295_419_213, 1e5), "100 KB/s, about 6 h left", "6 小时"),
        (Progress(10_000_000, 20_000_000, None, 3), "failed 3 times; trying again", "已失败 3 次"),
    ],
)
def test_progress_is_said_in_words(progress: Progress, english: str, chinese: str) -> None:
    phrase = progress_phrase("BAAI/bge-m3", progress)
    assert english in say(phrase.key, "en", **phrase.values)
    assert chinese in say(phrase.key, "zh", **phrase.values)


def test_a_terminal_gets_a_line_for_every_twentieth() -> None:
    lines: list[str] = []
    tell = ProgressLines(lines.append)
    for done in range(0, 1001):
        tell(Progress(done, 1000))
    assert len(lines) == 21
    tell(Progress(1000, 1000, failures=1))
    assert "trying again" in lines[-1]
