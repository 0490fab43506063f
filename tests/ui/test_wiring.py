"""The page without a browser: wiring by name, errors in the page's language, labels, every handler."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import pytest
from fakes import FakeEncoder
from loops import in_loop

from bge_demo.api.programs import PROGRAMS
from bge_demo.encoder.contract import Encoder
from bge_demo.errors import CheckpointError
from bge_demo.locales import LANGUAGES, Language, say
from bge_demo.page import build_blocks, page_options
from bge_demo.retrieval.corpora import FolderCorpora
from bge_demo.retrieval.library import CorpusLibrary
from bge_demo.samples import CROSS_LINGUAL_QUERY, TRAVEL_QUERY
from bge_demo.serving.gate import Gate
from bge_demo.serving.model_host import ModelChoice, ModelHost
from bge_demo.settings import Limits
from bge_demo.tabs.compare.tab import (
    ComparisonView,
    count_tokens,
    show_comparison,
)
from bge_demo.tabs.cross_lingual.tab import (
    show_cross_lingual,
    show_sample,
    show_uploaded,
    translate_headers,
)
from bge_demo.ui.upload import encoding_choices
from bge_demo.ui.wiring import Page

LIMITS = Limits(text_chars=40, table_rows=3)
TABLE = [["en", "red cat"], ["", ""], ["de", "blue dog"]]
# Shown as it is in both languages.
SAME_IN_BOTH = {"ColBERT", "BM25", "BM25 k1", "BM25 b", "MKQA 1 / 0.3 / 1"}
SAME_IN_BOTH |= {name for name, encoding in encoding_choices("en") if encoding}
# These buttons show their query.
SAMPLE_QUERIES = {f"sample-search-{number}" for number in range(1, 5)}
ENDPOINTS = {program.__name__ for program in PROGRAMS}
UNLABELLED = {"language", "theme"}


class OneField(NamedTuple):
    """What `echo` returns."""

    shown: str


class TwoFields(NamedTuple):
    """What `both` returns."""

    first: str
    second: str


def echo(text: str, times: int = 1) -> OneField:
    return OneField(text * times)


def both(encoder: Encoder, limits: Limits, language: Language, a: str, b: str) -> TwoFields:
    return TwoFields(f"{encoder.info.name} {limits.text_chars} {language}", f"{a} before {b}")


def broken(text: str) -> OneField:
    raise RuntimeError(text)


def ready(encoder: Encoder) -> ModelChoice:
    models = ModelChoice.only(ModelHost(lambda: encoder, wait_seconds=5))
    models.encoder()
    return models


def failed() -> ModelChoice:
    def load() -> Encoder:
        raise CheckpointError("checkpoint.unknown", model="nope")

    host = ModelHost(load, wait_seconds=5)
    host._run()
    return ModelChoice.only(host)


def wired(
    handler: Callable[..., Any],
    inputs: list[str],
    outputs: list[str],
    models: ModelChoice | None = None,
    chosen: str = "",
) -> Callable[..., Any]:
    """Connect a handler to a button of an empty page; what gradio would call on a click, with the chosen
    model last."""

    def build() -> Any:
        with gr.Blocks() as blocks:
            language, model = gr.Radio(["en", "zh"], value="en"), gr.Textbox()
            gate = Gate(models or ready(FakeEncoder()), LIMITS)
            page = Page(gate, language, model, gr.Textbox(), blocks.load, blocks.load, remembered={})
            boxes = {name: gr.Textbox() for name in inputs}
            areas = {name: gr.HTML() for name in outputs}
            page.connect(gr.Button().click, handler, boxes, areas)
        (event,) = blocks.fns.values()
        return lambda *values: event.fn(*values, chosen)

    return in_loop(build)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        (["txet"], ["shown"]),
        ([], ["shown"]),
        (["text", "surplus"], ["shown"]),
        (["text"], ["shwon"]),
        (["text"], []),
        (["text"], ["shown", "surplus"]),
    ],
)
def test_a_misspelt_name_fails_while_the_page_is_built(inputs: list[str], outputs: list[str]) -> None:
    with pytest.raises(TypeError):
        wired(echo, inputs, outputs)


def test_inputs_and_outputs_are_bound_by_name_not_by_order() -> None:
    click = wired(both, ["b", "a"], ["second", "first"])
    assert click("zh", "B", "A") == ("fake 40 zh", "A before B")


def test_one_output_is_a_bare_value_and_defaults_may_be_left_out() -> None:
    assert wired(echo, ["text"], ["shown"])("en", "ab") == "ab"
    assert wired(echo, ["text", "times"], ["shown"])("en", "ab", 2) == "abab"
    assert wired(partial(echo, times=3), ["text"], ["shown"])("en", "ab") == "ababab"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_user_error_is_told_in_both_languages_so_that_it_follows_their_switch(language: Language) -> None:
    click = wired(show_comparison, ["text_a", "text_b", "weights"], list(ComparisonView._fields))
    with pytest.raises(gr.Error) as caught:
        click("en", " ", "b", "model-card")
    sentence = say("input.blank", language, field=say("compare.text_a", language))
    assert f">{sentence}</span>" in unescape(caught.value.message)
    assert not caught.value.print_exception


def test_an_error_that_quotes_the_user_is_escaped() -> None:
    click = wired(show_comparison, ["text_a", "text_b", "weights"], list(ComparisonView._fields))
    with pytest.raises(gr.Error) as caught:
        click("en", "a", "b", "<img src=x onerror=alert(1)>")
    assert "<img" not in caught.value.message


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_failed_model_is_told_in_both_languages(language: Language) -> None:
    click = wired(show_comparison, ["text_a", "text_b", "weights"], list(ComparisonView._fields), failed())
    with pytest.raises(gr.Error) as caught:
        click("en", "a", "b", "model-card")
    reason = say("checkpoint.unknown", language, model="nope")
    assert f">{say('model.failed', language, reason=reason)}</span>" in unescape(caught.value.message)


def test_a_bug_stays_loud() -> None:
    with pytest.raises(RuntimeError, match="^boom$"):
        wired(broken, ["text"], ["shown"])("en", "boom")


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    """The whole page over the fake encoder."""
    library = CorpusLibrary(FolderCorpora(tmp_path_factory.mktemp("corpora")), Limits())
    return in_loop(lambda: build_blocks(Gate(ready(FakeEncoder()), Limits(), {"library": library})))


def test_every_endpoint_answers_by_its_name(blocks: gr.Blocks) -> None:
    compared = blocks("red cat", "red dog", "0/1/0", "", api_name="compare")
    assert compared["scores"]["hybrid"] == pytest.approx(0.5)
    rows = [{"language": "en", "text": "red dog"}, {"text": "red cat"}, {"language": None, "text": "sun"}]
    ranked = blocks("red cat", rows, "even", "", api_name="cross_lingual")
    assert [(row["language"], row["text"]) for row in ranked["rows"]] == [
        ("", "red cat"),
        ("en", "red dog"),
        ("", "sun"),
    ]
    embedded = blocks(["red cat"], False, True, False, "", api_name="embed")
    assert [entry["token"] for entry in embedded["embeddings"][0]["sparse"]] == ["▁red", "▁cat"]


def test_endpoints_tell_user_errors_in_english(blocks: gr.Blocks) -> None:
    with pytest.raises(gr.Error, match=r"Text B \(passage\) is blank"):
        blocks("red cat", " ", "model-card", "", api_name="compare")
    with pytest.raises(gr.Error, match="must come as a list of texts"):
        blocks("red cat", True, False, False, "", api_name="embed")


def test_only_the_endpoints_are_public(blocks: gr.Blocks) -> None:
    public = {fn.api_name for fn in blocks.fns.values() if fn.api_visibility != "private"}
    assert public == ENDPOINTS
    documented = blocks.get_api_info()["named_endpoints"]
    assert set(documented) == {f"/{name}" for name in ENDPOINTS}
    assert all(endpoint["description"] for endpoint in documented.values())


def test_the_page_mounts_nothing_for_the_endpoints(blocks: gr.Blocks) -> None:
    config = blocks.get_config_file()
    placed = {one["id"] for one in config["layout"]["children"]}
    values = [one for one in config["components"] if one["type"] == "api"]
    assert values
    assert all(one["props"]["visible"] is False and one["id"] not in placed for one in values)


def test_requests_wait_in_a_queue_of_limited_length(blocks: gr.Blocks) -> None:
    assert blocks._queue.max_size == Limits().waiting_requests
    assert not blocks.api_open


def translations(blocks: gr.Blocks) -> list[tuple[Any, dict[str, Any], dict[str, Any]]]:
    """(component, English properties, Chinese properties) of everything that follows the language."""
    labels = blocks.get_config_file()["workbench"]["labels"]
    return [(blocks.blocks[one["id"]], one["words"]["en"], one["words"]["zh"]) for one in labels]


def sentences(value: Any) -> list[str]:
    """Of a label, of a table's headers, of a dropdown's choices."""
    if isinstance(value, str):
        return [value]
    return [one if isinstance(one, str) else one[0] for one in value]


def test_every_label_has_both_languages(blocks: gr.Blocks) -> None:
    for _, english, chinese in translations(blocks):
        assert english.keys() == chinese.keys() != set()
        for name in english:
            for one, other in zip(sentences(english[name]), sentences(chinese[name]), strict=True):
                assert one.strip()
                assert one in SAME_IN_BOTH or (one != other and re.search("[\u4e00-\u9fff]", other))


def test_the_page_is_built_in_english(blocks: gr.Blocks) -> None:
    for component, english, _ in translations(blocks):
        for name, value in english.items():
            assert getattr(component, name) == value


def test_no_control_is_left_without_a_label(blocks: gr.Blocks) -> None:
    typed = (gr.Textbox, gr.Number, gr.Slider, gr.Dataframe, gr.UploadButton, gr.File)
    kinds = (*typed, gr.Button, gr.Dropdown, gr.Radio, gr.Tab, gr.Accordion)
    shown = [block for block in blocks.blocks.values() if getattr(block, "visible", True) != "hidden"]
    controls = {block.elem_id for block in shown if isinstance(block, kinds)}
    assert None not in controls
    labelled = {component.elem_id for component, _, _ in translations(blocks)}
    assert controls - labelled == UNLABELLED | SAMPLE_QUERIES


def test_the_look_comes_from_this_server_alone() -> None:
    options = page_options()
    assert not re.search(r"https?://|@import", options["css"])
    assert "head" not in options
    assert not options["theme"]._stylesheets


def test_a_comparison_is_shown(fake: FakeEncoder) -> None:
    view = show_comparison(fake, LIMITS, "red cat", "red dog", "0.4/0.2/0.4")
    assert ">50.00 %<" in view.result
    assert ">red</span>" in view.result


def test_tokens_are_counted_without_running_the_model() -> None:
    encoder = FakeEncoder(max_tokens=5)
    assert ">4/5 <" in count_tokens(encoder, LIMITS, "red cat").counter.replace("  ", " ")
    assert ">0/5 <" in count_tokens(encoder, LIMITS, "").counter.replace("  ", " ")
    assert 'class="over">7/5 ' in count_tokens(encoder, LIMITS, "a b c d e").counter
    assert 'class="over">41/40 ' in count_tokens(encoder, LIMITS, "x" * 41).counter
    for nothing in ("", " \n", "\u200b\u3000"):
        assert "0/5 " in count_tokens(encoder, LIMITS, nothing).counter
    assert encoder.encoded == []


def test_a_table_is_ranked_without_its_blank_rows(fake: FakeEncoder) -> None:
    result = show_cross_lingual(fake, LIMITS, "red cat", TABLE).result
    assert result.index("red cat</td>") < result.index("blue dog</td>")
    assert result.count('class="sentence"') == 2


def test_an_uploaded_file_fills_the_table(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("zh,你好\nen,Hello", "utf-8")
    assert show_uploaded(LIMITS, "zh", str(file), "").table == {
        "headers": ["语言", "句子"],
        "data": [["zh", "你好"], ["en", "Hello"]],
    }


def test_samples_fill_query_and_table() -> None:
    assert show_sample("sample.ai", "en").query == CROSS_LINGUAL_QUERY
    query, table = show_sample("sample.luggage", "zh")
    assert query == TRAVEL_QUERY
    assert table["headers"] == ["语言", "句子"]
    assert all(len(row) == 2 and all(row) for row in table["data"])


def test_headers_follow_the_language_and_the_rows_stay() -> None:
    table = translate_headers("zh", TABLE).table
    assert table == {"headers": ["语言", "句子"], "data": TABLE}


def test_a_number_out_of_bounds_reaches_the_check_that_names_them(blocks: gr.Blocks) -> None:
    numbers = [one for one in blocks.blocks.values() if isinstance(one, gr.Number | gr.Slider)]
    assert len(numbers) > 10
    assert {one.preprocess(1e9) for one in numbers} == {1e9}
    boxes = [one for one in numbers if isinstance(one, gr.Number)]
    assert all("bounded" in one.elem_classes and str(one.minimum) in str(one.info) for one in boxes)


def test_what_gradio_says_by_itself_has_both_languages(blocks: gr.Blocks) -> None:
    words = blocks.page_data["gradio_words"]
    assert [len(word) for word in words] == [3] * len(words)
    assert all(re.search("[一-鿿]", word[2]) for word in words)
