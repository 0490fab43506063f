"""Every setting of the server: one frozen object read once from flags and environment. Starts nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bge_demo.errors import SettingsError

# What ships with the package: the stand-in checkpoint, the sample corpus, sentences and stored scores.
ASSETS = Path(__file__).parent / "assets"
ENVIRONMENT_PREFIX = "BGE_DEMO_"
HIGHEST_NUMBER = 2**31 - 1
DATA_DIR = "~/.cache/bge-m3-demo"
PRECISIONS = ("auto", "fp32", "bf16", "fp16", "int8")
HUBS = ("huggingface", "modelscope")


def _setting(
    default: Any, explanation: str, choices: Sequence[str] = (), highest: int = HIGHEST_NUMBER
) -> Any:
    metadata = {"explanation": explanation, "choices": tuple(choices), "highest": highest}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Limits:
    """What one request may ask for. Held in Python, so they bind API callers as they bind the page."""

    text_chars: int = _setting(50_000, "longest text, in characters")
    document_chars: int = _setting(2_000_000, "longest document of Long document, in characters")
    document_seconds: int = _setting(1800, "longest work on one long document, in seconds")
    max_tokens: int = _setting(8192, "longest input of one pass, in tokens; the rest is cut and reported")
    table_rows: int = _setting(200, "most rows of a table, or texts of one API call")
    duplicate_lines: int = _setting(20_000, "most lines of each set in Deduplicate")
    duplicate_seconds: int = _setting(1800, "longest search for duplicates, in seconds")
    request_tokens: int = _setting(65_536, "most tokens of all texts of one request together")
    upload_mb: int = _setting(10, "largest uploaded file, in MB")
    waiting_requests: int = _setting(64, "most requests waiting at once")
    request_seconds: int = _setting(120, "longest wait for the model, and then for the answer, in seconds")
    corpus_passages: int = _setting(5000, "most passages of a corpus in Retrieval")
    labelled_seconds: int = _setting(1800, "longest work on labelled pairs, in seconds")
    labelled_pairs: int = _setting(5000, "most labelled pairs in Tune weights and Baselines")
    corpus_tokens: int = _setting(2_000_000, "most tokens of a corpus in Retrieval, all passages together")
    corpora: int = _setting(100, "most corpora kept at once")
    corpora_of_one: int = _setting(25, "most of them that one network address has made since the start")
    corpus_days: int = _setting(30, "days after which a corpus that nobody used is removed")
    cache_mb: int = _setting(256, "embeddings of texts seen before that are kept in memory, in MB")


@dataclass(frozen=True)
class Settings:
    """Where to serve, which model, how. Read it with `Settings.from_env` or `Settings.from_args`."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 for every interface")
    port: int = _setting(7860, "port to listen on", highest=65_535)
    root_path: str = _setting("", "path prefix when a proxy serves the page below one, such as /bge")
    model: str = _setting("auto", "auto, BAAI/bge-m3, m3-compact, or a folder in BGE-M3 layout")
    models: str = _setting("", "models a visitor may choose between, with commas; the first is the default")
    hub: str = _setting("huggingface", "where BAAI/bge-m3 is fetched from", HUBS)
    fetch: bool = _setting(False, "only fetch and check the model, then end")
    precision: str = _setting("auto", "number format the model computes in", PRECISIONS)
    device: str = _setting("auto", "where the model runs", ("auto", "cpu", "cuda", "mps"))
    engine: str = _setting("auto", "what runs the model", ("auto", "torch", "openvino"))
    data_dir: str = _setting(DATA_DIR, "folder for what is made once and kept, such as converted models")
    qdrant_url: str = _setting("", "Qdrant server for the passages of Retrieval; empty: kept in data_dir")
    qdrant_api_key: str = _setting("", "API key of that server")
    offline: bool = _setting(False, "make no network call at all")
    baselines: str = _setting(
        "bert-base-multilingual-cased,sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        "encoders for Baselines, with commas: folder, cached model, name=https://host/v1",
    )
    allowed_hosts: str = _setting(
        "", "names it may be reached by, with commas, beside addresses and private names"
    )
    auth: str = _setting("", "user:password asked for before the page opens")
    mcp: bool = _setting(False, "offer MCP tools to agents, at /mcp")
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Settings from `BGE_DEMO_*` variables alone. Raises SettingsError naming the variable."""
        return cls.from_args([], environ)

    @classmethod
    def from_args(cls, argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
        """Settings from flags over environment over defaults; a flag wins.

        Raises SettingsError for a value that does not fit; argparse itself answers an unknown flag and
        --help.
        """
        given = vars(_parser().parse_args(list(argv)))
        values = {name: _value(name, spec, given, environ) for name, spec in _specs().items()}
        own = {name: value for name, value in values.items() if name in _names(cls)}
        limits = Limits(**{name: value for name, value in values.items() if name in _names(Limits)})
        return cls(**own, limits=limits)


def environment_name(setting: str) -> str:
    """`text_chars` -> `BGE_DEMO_TEXT_CHARS`."""
    return ENVIRONMENT_PREFIX + setting.upper()


def flag_name(setting: str) -> str:
    """`text_chars` -> `--text-chars`."""
    return "--" + setting.replace("_", "-")


def _names(cls: type) -> set[str]:
    return {spec.name for spec in fields(cls)}


def _specs() -> dict[str, Any]:
    """Every plain setting by name; the nested Limits are listed beside the others."""
    return {spec.name: spec for cls in (Settings, Limits) for spec in fields(cls) if spec.metadata}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py", description="Interactive demo of BAAI/bge-m3 in the browser."
    )
    for name, spec in _specs().items():
        choices = f" ({', '.join(spec.metadata['choices'])})" if spec.metadata["choices"] else ""
        text = f"{spec.metadata['explanation']}{choices} [{environment_name(name)}, default {spec.default!r}]"
        if isinstance(spec.default, bool):
            parser.add_argument(flag_name(name), dest=name, action="store_const", const="1", help=text)
        else:
            parser.add_argument(flag_name(name), dest=name, metavar="VALUE", help=text)
    return parser


def _value(name: str, spec: Any, given: Mapping[str, str | None], environ: Mapping[str, str]) -> Any:
    raw = given[name] if given[name] is not None else environ.get(environment_name(name))
    if raw is None or (raw == "" and spec.default != ""):
        return spec.default
    if isinstance(spec.default, bool):
        return _switch(name, raw)
    if isinstance(spec.default, int):
        return _whole_number(name, raw, spec.metadata["highest"])
    choices = spec.metadata["choices"]
    if choices and raw not in choices:
        raise SettingsError(
            "settings.choice", setting=_both_names(name), value=raw, choices=", ".join(choices)
        )
    return raw


def _switch(name: str, raw: str) -> bool:
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise SettingsError("settings.choice", setting=_both_names(name), value=raw, choices="1, 0")


def _whole_number(name: str, raw: str, highest: int) -> int:
    # A number of thousands of digits is refused before int() refuses it in its own words.
    if raw.isdecimal() and len(raw) < 20 and 0 < int(raw) <= highest:
        return int(raw)
    raise SettingsError("settings.number", setting=_both_names(name), value=raw, highest=highest)


def _both_names(name: str) -> str:
    return f"{flag_name(name)} / {environment_name(name)}"
