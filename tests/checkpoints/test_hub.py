"""Fetching from a real hub on 127.0.0.1: what is asked for, where it lands, and every way this goes wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from local_hub import REPOSITORY, REVISION, Fault, LocalHub, card_of

from bge_demo.checkpoints import hub as hub_module
from bge_demo.checkpoints.cards import HubCheckpoint
from bge_demo.checkpoints.download import Patience, Progress
from bge_demo.checkpoints.hub import Hub, HubCache, fetch, open_hub
from bge_demo.errors import CheckpointError
from bge_demo.locales import LANGUAGES

WEIGHTS, HEAD = "pytorch_model.bin", "colbert_linear.pt"
SHORT = Patience(attempts=2, first_pause_seconds=0.01, longest_pause_seconds=0.02, stall_seconds=0.4)
REMEDIES = ("HF_ENDPOINT=", "BGE_DEMO_HUB=modelscope", "--model")


@pytest.fixture(scope="module")
def published(random_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies on the hub: the checkpoint and what nobody needs."""
    folder = tmp_path_factory.mktemp("hub") / "published"
    shutil.copytree(random_checkpoint, folder)
    for name in ("onnx/model.onnx", "imgs/bm25.jpg", "README.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x" * 1000)
    return folder


@pytest.fixture
def hub(published: Path) -> Iterator[LocalHub]:
    with LocalHub(published).running() as hub:
        yield hub


@pytest.fixture
def card(published: Path) -> HubCheckpoint:
    return card_of(published)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a network."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("bge_demo.checkpoints.hub.LOCK_SECONDS", 0.05)
    return tmp_path / "cache"


def opened(hub: LocalHub, **headers: str) -> Hub:
    return Hub(
        "127.0.0.1", lambda card, file: f"{hub.url}/{REPOSITORY}/resolve/{REVISION}/{file.name}", headers
    )


def fetched(hub: LocalHub, card: HubCheckpoint, patience: Patience = SHORT) -> tuple[Path, list[Progress]]:
    reports: list[Progress] = []
    return fetch(card, opened(hub), reports.append, patience), reports


def refused(hub: LocalHub, card: HubCheckpoint) -> CheckpointError:
    """The fetch fails with a sentence, and leaves no file that is not verified."""
    with pytest.raises(CheckpointError) as error:
        fetched(hub, card)
    cache = HubCache(card)
    assert not all(cache.holds(file) for file in card.files)
    for file in card.files:
        assert not (cache.folder / file.name).exists() or cache.holds(file)
    for language in LANGUAGES:
        assert REPOSITORY in error.value.sentence(language)
        assert str(cache.folder) not in error.value.sentence(language)
    return error.value


def test_only_the_needed_files_are_asked_for(hub: LocalHub, card: HubCheckpoint, published: Path) -> None:
    folder, _ = fetched(hub, card)
    assert {path.name for path in folder.iterdir()} == {file.name for file in card.files}
    assert all(
        (folder / file.name).read_bytes() == (published / file.name).read_bytes() for file in card.files
    )
    assert not [one.path for one in hub.asked if "onnx" in one.path or "imgs" in one.path]


def test_what_was_fetched_is_huggingface_hubs_own_cache(
    hub: LocalHub, card: HubCheckpoint, cache: Path
) -> None:
    """huggingface_hub itself finds every file, and fetches the same from the same hub."""
    from huggingface_hub import snapshot_download, try_to_load_from_cache

    folder, _ = fetched(hub, card)
    for file in card.files:
        found = try_to_load_from_cache(REPOSITORY, file.name, revision=REVISION)
        assert found == str(folder / file.name)
    own = snapshot_download(
        REPOSITORY,
        revision=REVISION,
        endpoint=hub.url,
        cache_dir=cache.parent / "own",
        allow_patterns=[file.name for file in card.files],
    )
    blobs = {path.name for path in (cache.parent / "own").rglob("blobs/*")}
    assert blobs == {path.name for path in cache.rglob("blobs/*")}
    assert {path.name for path in Path(own).iterdir()} == {path.name for path in folder.iterdir()}


def test_nothing_is_asked_for_twice(hub: LocalHub, card: HubCheckpoint) -> None:
    fetched(hub, card)
    hub.asked.clear()
    _, reports = fetched(hub, card)
    assert hub.asked == []
    assert (reports[-1].done_bytes, reports[-1].total_bytes) == (reports[-1].total_bytes,) * 2


def test_progress_rises_to_the_total(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.bytes_per_second = 1_000_000
    small = replace(card, files=tuple(file for file in card.files if file.size_bytes < 2_000_000))
    _, reports = fetched(hub, small)
    done = [report.done_bytes for report in reports]
    assert done == sorted(done)
    assert done[-1] == reports[-1].total_bytes == sum(file.size_bytes for file in small.files)
    assert any(report.bytes_per_second and report.seconds_left is not None for report in reports)


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_cut_connection_is_continued_where_it_broke(
    hub: LocalHub, card: HubCheckpoint, share: float
) -> None:
    hub.order(WEIGHTS, Fault(cut=share))
    folder, _ = fetched(hub, card)
    first, second = hub.asked_for(f"cdn/{WEIGHTS}")
    size = (folder / WEIGHTS).stat().st_size
    assert first.range is None
    assert second.range is not None
    assert abs(int(second.range[6:-1]) - share * size) < 0.02 * size


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_what_arrived_before_a_failure_is_continued_by_the_next_start(
    hub: LocalHub, card: HubCheckpoint, share: float
) -> None:
    hub.order(WEIGHTS, Fault(cut=share))
    hub.order_always(WEIGHTS, Fault(status=503))
    error = refused(hub, card)
    assert error.key == "fetch.server_error"
    assert "503" in str(error)
    hub.mend()
    hub.asked.clear()
    fetched(hub, card)
    (asked,) = hub.asked_for(f"cdn/{WEIGHTS}")
    assert asked.range is not None
    assert int(asked.range[6:-1]) > 0.25 * card.files[-1].size_bytes


def test_a_hub_that_does_not_continue_files_begins_anew(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.honours_ranges = False
    hub.order(WEIGHTS, Fault(cut=0.5))
    folder, _ = fetched(hub, card)
    assert HubCache(card).holds(card.files[-1])
    assert len(hub.asked_for(f"cdn/{WEIGHTS}")) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_passing_server_error_is_tried_again(hub: LocalHub, card: HubCheckpoint, status: int) -> None:
    hub.order(HEAD, Fault(status=status), Fault(status=status))
    fetched(hub, card)
    assert len(hub.asked_for(f"cdn/{HEAD}")) == 3


def test_a_stall_is_given_up_and_continued(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.order(WEIGHTS, Fault(stall=0.4))
    fetched(hub, card)
    _, second = hub.asked_for(f"cdn/{WEIGHTS}")
    assert second.range is not None


def test_stalls_without_end_are_named(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.order_always(WEIGHTS, Fault(stall=0.4))
    error = refused(hub, card)
    assert error.key == "fetch.unreachable"
    assert all(remedy in error.sentence("zh") for remedy in REMEDIES)


@pytest.mark.parametrize("file", [HEAD, WEIGHTS])
def test_a_flipped_byte_is_found_and_fetched_anew(hub: LocalHub, card: HubCheckpoint, file: str) -> None:
    hub.order(file, Fault(flip=0.6))
    fetched(hub, card)
    assert len(hub.asked_for(f"cdn/{file}")) == 2


@pytest.mark.parametrize("file", [HEAD, WEIGHTS])
def test_a_hub_with_other_bytes_is_refused(hub: LocalHub, card: HubCheckpoint, file: str) -> None:
    hub.order_always(file, Fault(flip=0.6))
    error = refused(hub, card)
    assert error.key == "fetch.damaged"
    assert "SHA-256" in str(error)
    assert len(hub.asked_for(f"cdn/{file}")) == 2


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (Fault(short=0.4), "fetch.too_short"),
        (Fault(extra=b"more"), "fetch.damaged"),
        (Fault(status=401), "fetch.refused"),
        (Fault(status=403), "fetch.refused"),
        (Fault(status=404), "fetch.not_found"),
        (Fault(status=500), "fetch.server_error"),
    ],
)
def test_every_wrong_answer_has_its_sentence(
    hub: LocalHub, card: HubCheckpoint, fault: Fault, key: str
) -> None:
    hub.order_always(WEIGHTS, fault)
    error = refused(hub, card)
    assert error.key == key
    assert "127.0.0.1" in str(error)
    assert all(remedy in error.sentence(language) for remedy in REMEDIES for language in LANGUAGES)


def test_a_refusal_is_not_repeated(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.order_always("config.json", Fault(status=401))
    refused(hub, card)
    assert len(hub.asked_for("config.json")) == 1


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9", "http://no-such-host.invalid", "nonsense", "http://"]
)
def test_an_unreachable_hub_is_named_with_the_remedies(card: HubCheckpoint, endpoint: str) -> None:
    gone = Hub(endpoint, lambda card, file: f"{endpoint}/{file.name}", {})
    with pytest.raises(CheckpointError) as error:
        fetch(card, gone, lambda progress: None, SHORT)
    assert error.value.key == "fetch.unreachable"
    assert endpoint in str(error.value)
    assert all(remedy in str(error.value) for remedy in REMEDIES)


def test_failures_are_reported_while_trying(hub: LocalHub, card: HubCheckpoint) -> None:
    hub.order("config.json", Fault(status=503), Fault(status=503))
    _, reports = fetched(hub, card)
    assert [report.failures for report in reports if report.failures] == [1, 2]
    assert reports[-1].failures == 0


def test_the_token_goes_to_the_hub_and_not_to_where_it_redirects(
    hub: LocalHub, card: HubCheckpoint, published: Path
) -> None:
    with LocalHub(published).running() as elsewhere:
        hub.cdn = elsewhere.url
        fetch(card, opened(hub, authorization="Bearer secret"), lambda progress: None, SHORT)
        assert {one.authorization for one in hub.asked} == {"Bearer secret"}
        assert {one.authorization for one in elsewhere.asked} == {None}
        assert elsewhere.asked_for(WEIGHTS)


def test_too_small_a_disk_is_told_before_anything_is_fetched(
    hub: LocalHub, card: HubCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "SPARE_BYTES", 1 << 60)
    error = refused(hub, card)
    assert error.key == "fetch.no_room"
    assert "HF_HOME" in str(error)
    assert hub.asked == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(hub: LocalHub, card: HubCheckpoint, cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o555)
    assert refused(hub, card).key == "fetch.cannot_write"


def test_a_file_in_place_of_the_cache_is_told(hub: LocalHub, card: HubCheckpoint, cache: Path) -> None:
    cache.write_text("in the way")
    error = refused(hub, card)
    assert error.key == "fetch.cannot_write"
    assert "HF_HOME" in error.sentence("zh")


def test_a_damaged_file_of_the_cache_is_fetched_again(hub: LocalHub, card: HubCheckpoint) -> None:
    folder, _ = fetched(hub, card)
    content = bytearray((folder / HEAD).read_bytes())
    content[100] ^= 1
    (folder / HEAD).write_bytes(content)
    hub.asked.clear()
    fetched(hub, card)
    assert {one.path.rsplit("/", 1)[1] for one in hub.asked} == {HEAD}
    assert all(HubCache(card).holds(file) for file in card.files)


def test_offline_mode_asks_nobody(
    hub: LocalHub, card: HubCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    error = refused(hub, card)
    assert error.key == "fetch.offline"
    assert hub.asked == []


def test_two_fetches_at_once_ask_once(hub: LocalHub, card: HubCheckpoint) -> None:
    from concurrent.futures import ThreadPoolExecutor

    hub.bytes_per_second = 3_000_000
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda _: fetched(hub, card)[0], range(2)))
    assert folders[0] == folders[1]
    assert len(hub.asked_for(f"cdn/{WEIGHTS}")) == 1


def test_modelscope_without_its_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "modelscope.hub.file_download", None)
    with pytest.raises(CheckpointError, match="pip install modelscope"):
        open_hub("modelscope")
