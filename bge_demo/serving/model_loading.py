"""From a `--model` value to what serves: which checkpoint first, what is fetched beside it, what takes over.

Keeps no state that the page shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from bge_demo.checkpoints.cards import BGE_M3, Checkpoint, display_name, load_auto, resolve
from bge_demo.checkpoints.download import Progress
from bge_demo.checkpoints.hub import fetch, open_hub
from bge_demo.checkpoints.layout import check_layout
from bge_demo.encoder.cache import MB
from bge_demo.encoder.contract import Encoder
from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.errors import CheckpointError, SettingsError
from bge_demo.locales import Phrase, say, size_text
from bge_demo.serving.background import prepare_background
from bge_demo.serving.model_host import Coming, ModelChoice, ModelHost
from bge_demo.serving.self_check import self_check
from bge_demo.settings import Settings

log = logging.getLogger(__name__)

MINUTE, HOUR = 60, 3600


def offered_models(settings: Settings) -> ModelChoice:
    """The operator's list, or the one model. Raises SettingsError for two folders of the same name."""
    wanted = [model.strip() for model in settings.models.split(",") if model.strip()] or [settings.model]
    hosts = {display_name(model): ModelLife(model, settings).host for model in wanted}
    if len(hosts) < len(wanted):
        raise SettingsError("settings.same_name", names=", ".join(display_name(model) for model in wanted))
    return ModelChoice(hosts)


class ModelLife:
    """One model of a running server.

    `auto` serves BGE-M3 if it is here; else m3-compact at once, and BGE-M3 after it was fetched. BGE-M3
    asked for by name is fetched before anything serves.
    """

    def __init__(self, model: str, settings: Settings) -> None:
        self._model = model
        self._settings = settings
        self._missing: CheckpointError | None = None
        self.host = ModelHost(self._first, settings.limits.request_seconds, self._better)

    def _first(self) -> Encoder:
        if self._model == "auto":
            encoder, self._missing = load_auto(self._load)
            return encoder
        try:
            return self._load(self._model)
        except CheckpointError as missing:
            if self._model != BGE_M3.name:
                raise
            log.info("%s", missing)
            return self._fetched(missing)

    def _better(self) -> Encoder | None:
        return self._fetched(self._missing) if self._missing else None

    def _fetched(self, missing: CheckpointError) -> Encoder:
        """BGE-M3, which is not whole here for the reason given."""
        self._announce(Phrase("fetch.start", model=BGE_M3.name))
        try:
            fetch(BGE_M3, open_hub(self._settings.hub), self._report)
        except CheckpointError as refusal:
            # Without a network the damage of what is here is the thing to tell.
            if refusal.key == "fetch.offline" and missing.key != "checkpoint.not_cached":
                raise missing from refusal
            raise
        self._announce(Phrase("fetch.loading", model=BGE_M3.name))
        return self._load(BGE_M3.name)

    def _load(self, model: str) -> Encoder:
        """Loaded, and everything a request needs computed. Raises CheckpointError or SettingsError."""
        wanted = self._settings
        encoder = load_encoder(model, wanted.precision, wanted.engine, wanted.device, wanted.data_dir)
        encoder.cache.resize(wanted.limits.cache_mb * MB)
        check = self_check(encoder)
        log.info("%s: %s", encoder.info, check.message.key)
        if check.verdict == "wrong":
            shift = f"{check.shift:.3f}"
            raise CheckpointError("checkpoint.self_check", model=encoder.info.name, shift=shift)
        prepare_background(encoder, Path(wanted.data_dir))
        return encoder

    def _report(self, progress: Progress) -> None:
        self.host.announce(Coming(BGE_M3.name, progress_phrase(BGE_M3.name, progress), progress))

    def _announce(self, doing: Phrase) -> None:
        self.host.announce(Coming(BGE_M3.name, doing))


def fetch_only(settings: Settings, report: Callable[[Progress], None]) -> Checkpoint:
    """Fetch BGE-M3 if it is what is wanted, and check all files. Loads nothing. Raises CheckpointError."""
    wanted = BGE_M3.name if settings.model == "auto" else settings.model
    if wanted == BGE_M3.name:
        fetch(BGE_M3, open_hub(settings.hub), report)
    checkpoint = resolve(wanted)
    check_layout(checkpoint.folder, checkpoint.name)
    return checkpoint


def progress_phrase(model: str, progress: Progress) -> Phrase:
    """The line that a waiting visitor reads."""
    values = {
        "model": model,
        "done": size_text(progress.done_bytes),
        "total": size_text(progress.total_bytes),
        "percent": 100 * progress.done_bytes // max(1, progress.total_bytes),
    }
    if progress.failures:
        return Phrase("fetch.trying_again", failures=progress.failures, **values)
    if progress.seconds_left is None or not progress.bytes_per_second:
        return Phrase("fetch.progress", **values)
    speed = size_text(round(progress.bytes_per_second))
    return Phrase("fetch.progress_speed", speed=speed, left=_left(progress.seconds_left), **values)


def _left(seconds: float) -> Phrase:
    if seconds < MINUTE:
        return Phrase("fetch.seconds_left")
    if seconds < 2 * HOUR:
        return Phrase("fetch.minutes_left", n=round(seconds / MINUTE))
    return Phrase("fetch.hours_left", n=round(seconds / HOUR))


class ProgressLines:
    """Progress as lines of a terminal or build log: one for every twentieth of the way and every failure."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._told: tuple[int, int] | None = None

    def __call__(self, progress: Progress) -> None:
        """Write a line if there is something new to say."""
        now = (20 * progress.done_bytes // max(1, progress.total_bytes), progress.failures)
        if now != self._told:
            self._told = now
            phrase = progress_phrase(BGE_M3.name, progress)
            self._write(say(phrase.key, "en", **phrase.values))
