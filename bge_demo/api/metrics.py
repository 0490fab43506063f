"""What the server did and how it is, for Prometheus. Holds numbers and names of programs, never a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from bge_demo.encoder.contract import Encoder
from bge_demo.encoder.scheduler import WorkDone
from bge_demo.encoder.text_encoder import TextEncoder
from bge_demo.serving.gate import Finished, Gate

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts what passes the gate, and asks gate, models and corpora when it is read.

    `n_corpora` and `n_queued` (what waits in gradio's own queue) are asked at every reading.
    """

    def __init__(self, gate: Gate, n_corpora: Callable[[], int], n_queued: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        labels = ("door", "program")
        self._requests = Counter(
            "bge_requests", "Requests that ended", (*labels, "outcome"), registry=self._registry
        )
        self._seconds = Histogram(
            "bge_request_seconds", "Time of a request", labels, buckets=BUCKETS, registry=self._registry
        )
        self._registry.register(_Now(gate, n_corpora, n_queued))
        gate.watchers.append(self._count)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)

    def _count(self, finished: Finished) -> None:
        self._requests.labels(finished.door, finished.name, finished.outcome).inc()
        self._seconds.labels(finished.door, finished.name).observe(finished.seconds)


class _Now(Collector):
    """What can be read off at any moment."""

    def __init__(self, gate: Gate, n_corpora: Callable[[], int], n_queued: Callable[[], int]) -> None:
        self._gate, self._n_corpora, self._n_queued = gate, n_corpora, n_queued

    def collect(self) -> Iterator[Metric]:
        """Called at every reading."""
        waiting = GaugeMetricFamily(
            "bge_waiting_requests", "Requests without an answer yet", labels=["where"]
        )
        waiting.add_metric(["gate"], self._gate.n_inside)
        waiting.add_metric(["page queue"], self._n_queued())
        yield waiting
        yield GaugeMetricFamily(
            "bge_waiting_requests_limit", "Places at the gate", self._gate.limits.waiting_requests
        )
        yield GaugeMetricFamily("bge_corpora", "Corpora kept", self._n_corpora())
        encoders = [host.serving for host in self._gate.models.hosts if host.serving is not None]
        yield _models(encoders)
        yield from _work(encoders)


def _models(encoders: list[Encoder]) -> Metric:
    models = InfoMetricFamily("bge_model", "A model that serves", labels=["model"])
    for encoder in encoders:
        info = encoder.info
        values = {"revision": info.revision, "precision": info.precision, "engine": info.engine}
        models.add_metric([info.name], values | {"device": info.device})
    return models


def _work(encoders: list[Encoder]) -> Iterator[Metric]:
    """Tokens, padding and cache of every encoder that counts them."""
    tokens = CounterMetricFamily("bge_tokens", "Tokens that went through the model", labels=["model"])
    padding = GaugeMetricFamily("bge_padding_share", "Share of positions that were padding", labels=["model"])
    used = GaugeMetricFamily("bge_cache_bytes", "Embeddings kept in memory", labels=["model"])
    entries = GaugeMetricFamily("bge_cache_entries", "Texts whose embeddings are kept", labels=["model"])
    hits = CounterMetricFamily("bge_cache_lookups", "Texts looked up", labels=["model", "found"])
    for encoder in encoders:
        if isinstance(encoder, TextEncoder):
            name, done, cache = [encoder.info.name], encoder.work_done, encoder.cache
            tokens.add_metric(name, done.n_tokens)
            padding.add_metric(name, done.padding_since(WorkDone(0, 0)))
            used.add_metric(name, cache.used_bytes)
            entries.add_metric(name, len(cache))
            hits.add_metric([*name, "yes"], cache.n_found)
            hits.add_metric([*name, "no"], cache.n_missed)
    yield from (tokens, padding, used, entries, hits)
