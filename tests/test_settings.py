"""Flag over environment over default for every setting; a bad value is refused by name; --help tells all."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from bge_demo.errors import SettingsError
from bge_demo.locales import LANGUAGES
from bge_demo.settings import Limits, Settings, environment_name, flag_name

LIMITS = {spec.name: spec.default for spec in fields(Limits)}
PLAIN = {spec.name: spec.default for spec in fields(Settings) if spec.name != "limits"} | LIMITS
NUMBERS = sorted(name for name, default in PLAIN.items() if type(default) is int)
CHOICES = {
    "hub": ("modelscope", "huggingface"),
    "precision": ("fp32", "fp16"),
    "device": ("cpu", "cuda"),
    "engine": ("torch", "auto"),
}
SWITCHES = ("offline", "fetch", "mcp")
TEXTS = (
    "host",
    "model",
    "models",
    "root_path",
    "data_dir",
    "qdrant_url",
    "qdrant_api_key",
    "auth",
    "allowed_hosts",
    "baselines",
)


def test_every_kind_of_setting_is_covered_here() -> None:
    assert {*NUMBERS, *CHOICES, *TEXTS, *SWITCHES} == set(PLAIN)


def _read(name: str, argv: list[str], environ: dict[str, str]) -> Any:
    settings = Settings.from_args(argv, environ)
    return getattr(settings.limits if name in LIMITS else settings, name)


def test_without_flags_and_environment_everything_is_at_its_default() -> None:
    assert Settings.from_args([], {}) == Settings.from_env({}) == Settings()


def test_the_defaults_are_those_of_the_design() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.model) == ("127.0.0.1", 7860, "auto")
    assert settings.limits == Limits(
        text_chars=50_000,
        document_chars=2_000_000,
        document_seconds=1800,
        max_tokens=8192,
        table_rows=200,
        duplicate_lines=20_000,
        duplicate_seconds=1800,
        request_tokens=65_536,
        upload_mb=10,
        waiting_requests=64,
        request_seconds=120,
        corpus_passages=5000,
        corpora=100,
        corpus_days=30,
        cache_mb=256,
    )


def test_names_follow_one_pattern() -> None:
    assert flag_name("text_chars") == "--text-chars"
    assert environment_name("text_chars") == "BGE_DEMO_TEXT_CHARS"


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_taken_from_flag_then_environment_then_default(name: str) -> None:
    environ = {environment_name(name): "17"}
    assert _read(name, [flag_name(name), "23"], environ) == 23
    assert _read(name, [], environ) == 17
    assert _read(name, [], {}) == PLAIN[name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_taken_from_flag_then_environment_then_default(name: str) -> None:
    environ = {environment_name(name): "from the environment"}
    assert _read(name, [flag_name(name), "from the flag"], environ) == "from the flag"
    assert _read(name, [], environ) == "from the environment"
    assert _read(name, [], {}) == PLAIN[name]


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_taken_from_flag_then_environment_then_default(name: str) -> None:
    flag, environment = CHOICES[name]
    environ = {environment_name(name): environment}
    assert _read(name, [flag_name(name), flag], environ) == flag
    assert _read(name, [], environ) == environment
    assert _read(name, [], {}) == PLAIN[name]


@pytest.mark.parametrize(("raw", "expected"), [("1", True), ("Yes", True), ("on", True), ("0", False)])
def test_the_switch_reads_common_spellings(raw: str, expected: bool) -> None:
    assert Settings.from_env({"BGE_DEMO_OFFLINE": raw}).offline is expected


def test_the_switch_as_a_flag_needs_no_value_and_wins() -> None:
    assert Settings.from_args(["--offline"], {"BGE_DEMO_OFFLINE": "0"}).offline is True


@pytest.mark.parametrize("name", sorted(set(PLAIN) - {"root_path", "auth"}))
def test_an_empty_variable_means_the_default(name: str) -> None:
    assert _read(name, [], {environment_name(name): ""}) == PLAIN[name]


def test_foreign_variables_are_left_alone() -> None:
    assert Settings.from_env({"PORT": "1", "HOST": "x", "BGE_DEMO_UNKNOWN": "y"}) == Settings()


BAD_NUMBERS = ("0", "-1", "1.5", "ten", " 5", "1e3", "0x10", str(2**31), "9" * 5000, "½")
BAD_VALUES = [
    *[(name, value) for name in NUMBERS for value in BAD_NUMBERS],
    *[(name, value) for name in CHOICES for value in ("nonsense", "CUDA", "cuda:0")],
    *[("offline", value) for value in ("maybe", "2", "нет")],
    ("port", "65536"),
]


@pytest.mark.parametrize(("name", "value"), BAD_VALUES)
def test_a_bad_value_is_refused_by_flag_and_variable_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({environment_name(name): value})
    for language in LANGUAGES:
        sentence = refused.value.sentence(language)
        assert flag_name(name) in sentence
        assert environment_name(name) in sentence
        assert repr(value) in sentence


@pytest.mark.parametrize("name", [*NUMBERS, *CHOICES])
def test_a_bad_flag_is_refused_with_the_same_sentence(name: str) -> None:
    with pytest.raises(SettingsError) as by_flag:
        Settings.from_args([flag_name(name), "?"], {})
    with pytest.raises(SettingsError) as by_variable:
        Settings.from_env({environment_name(name): "?"})
    assert str(by_flag.value) == str(by_variable.value)


def test_a_bad_variable_does_not_matter_under_a_good_flag() -> None:
    assert Settings.from_args(["--port", "8000"], {"BGE_DEMO_PORT": "nonsense"}).port == 8000


def test_the_last_port_is_allowed_and_the_sentence_names_it_as_the_limit() -> None:
    assert Settings.from_args(["--port", "65535"], {}).port == 65_535
    with pytest.raises(SettingsError, match="from 1 to 65535"):
        Settings.from_args(["--port", "65536"], {})


def test_a_refused_choice_lists_what_is_allowed() -> None:
    with pytest.raises(SettingsError, match="auto, cpu, cuda, mps"):
        Settings.from_args(["--device", "tpu"], {})


def test_an_unknown_flag_ends_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        Settings.from_args(["--no-such-flag"], {})
    assert ended.value.code == 2
    assert "--no-such-flag" in capsys.readouterr().err


def test_help_explains_every_setting_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit) as ended:
        Settings.from_args(["--help"], {})
    assert ended.value.code == 0
    # argparse puts the explanation of a long flag on the next line.
    text = re.sub(r"VALUE\n +", "VALUE ", capsys.readouterr().out)
    lines = {line.split()[0]: line for line in text.splitlines() if line.startswith("  --")}
    assert set(lines) == {flag_name(name) for name in PLAIN}
    for name, default in PLAIN.items():
        assert f"[{environment_name(name)}, default {default!r}]" in lines[flag_name(name)]
        explanation = _explanation(name)
        assert explanation in lines[flag_name(name)]
        assert 10 < len(explanation) <= 80


def _explanation(name: str) -> str:
    specs = {spec.name: spec for cls in (Settings, Limits) for spec in fields(cls)}
    explanation: str = specs[name].metadata["explanation"]
    return explanation


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = Settings()
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        settings.limits.table_rows = 1  # type: ignore[misc]
