"""The encoders an operator lists for Baselines: folders, cached checkpoints, endpoints. Loads none."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bge_demo.encoder.baselines import DenseEncoder
from bge_demo.encoder.embedding_endpoints import EmbeddingEndpoint
from bge_demo.encoder.sentence_encoders import sentence_encoders
from bge_demo.errors import SettingsError

_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class ListedEncoders:
    """What `BGE_DEMO_BASELINES` lists, in its order."""

    sources: tuple[str, ...] = ()
    endpoints: tuple[EmbeddingEndpoint, ...] = ()

    @classmethod
    def from_setting(cls, listed: str, offline: bool = False) -> ListedEncoders:
        """Entries with commas between: a folder, a name in the local cache, or `name=https://host/v1`.

        Raises SettingsError for an address that is none, and for one that is not this machine's when no
        network call may be made.
        """
        entries = [entry.strip() for entry in listed.split(",") if entry.strip()]
        endpoints = [_endpoint(entry, offline) for entry in entries if "://" in entry]
        return cls(tuple(entry for entry in entries if "://" not in entry), tuple(endpoints))

    def encoders(self) -> list[DenseEncoder]:
        """Each of them, plain BERT twice: by its first token and by the mean."""
        found: list[DenseEncoder] = []
        for source in self.sources:
            found += sentence_encoders(source)
        return [*found, *self.endpoints]


def _endpoint(entry: str, offline: bool) -> EmbeddingEndpoint:
    name, _, url = entry.partition("=")
    parts = urlsplit(url)
    if not name.strip() or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("settings.baseline", value=name[:80])
    if offline and parts.hostname not in _LOCAL:
        raise SettingsError("settings.baseline_offline", value=name.strip())
    return EmbeddingEndpoint(name.strip(), url)
