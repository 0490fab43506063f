"""The documents name what is there: every setting, every linked file, both languages alike."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bge_demo.api.programs import HTTP_PROGRAMS
from bge_demo.scores.scoring import NEAR_IDENTICAL_ABOVE, band
from bge_demo.settings import Limits, Settings
from bge_demo.tabs.all_tabs import TABS

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")]
ENGLISH = [one for one in DOCUMENTS if not one.name.endswith("zh-CN.md")]


@pytest.mark.parametrize("name", ["settings.md", "settings.zh-CN.md"])
def test_every_setting_stands_in_the_settings_page(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    told = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `--")}
    names = {field.name for one in (Settings, Limits) for field in fields(one)} - {"limits"}
    assert told == {f"--{name.replace('_', '-')}" for name in names}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_linked_file_is_there(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
    files = [link for link in links if "://" not in link]
    assert [link for link in files if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", ENGLISH, ids=lambda path: path.name)
def test_every_page_speaks_both_languages(document: Path) -> None:
    other = document.with_name(f"{document.stem}.zh-CN.md")
    assert f"]({other.name})" in document.read_text("utf-8")
    assert f"]({document.name})" in other.read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_example_in_python_runs_and_prints_what_its_weights_move(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf-8"), re.DOTALL)
    printed = []
    for weights in ("(0.4, 0.2, 0.4)", "(0, 1, 0)"):
        assert "(0.4, 0.2, 0.4)" in example
        exec(example.replace("(0.4, 0.2, 0.4)", weights), {})
        printed.append(capsys.readouterr().out.splitlines())
    assert printed[0][0] == printed[1][0]
    assert printed[0][1] != printed[1][1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_about_names_every_endpoint_and_limit(language: str) -> None:
    text = (ROOT / "bge_demo" / "tabs" / "about" / f"about.{language}.md").read_text("utf-8")
    named = {name for name in re.findall(r"`/(?:v1/)?(\w+)`", text) if name != "v1"}
    assert {program.__name__ for program in HTTP_PROGRAMS} - named == set()
    for part in ("`/v1`", "(docs)", "`/openapi.json`", "{document_chars}", "{duplicate_lines}"):
        assert part in text


def test_a_tab_without_a_route_is_named_as_such() -> None:
    assert [tab.name for tab in TABS if not tab.programs] == ["benchmark", "about"]
    for name in ("README.md", "bge_demo/tabs/about/about.en.md"):
        assert re.search(
            r"but Benchmark's has a route|Benchmark has no endpoint", (ROOT / name).read_text("utf-8")
        )


def test_the_highest_band_begins_where_all_say_it_does() -> None:
    assert (band(NEAR_IDENTICAL_ABOVE), band(NEAR_IDENTICAL_ABOVE + 0.01)) == ("related", "near-identical")
    for name in ("README.md", "bge_demo/tabs/about/about.en.md"):
        said = (ROOT / name).read_text("utf-8")
        assert f"near-identical above {NEAR_IDENTICAL_ABOVE:g}" in said or "above 85 near-identical" in said
    assert f"高于 {NEAR_IDENTICAL_ABOVE:g} %" in (ROOT / "README.zh-CN.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_stays_a_page(name: str) -> None:
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= 110
