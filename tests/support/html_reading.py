"""Results read as a browser reads them: nodes, texts and downloads of HTML, and texts that attack it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "${alert(1)} {{7*7}} {% raw %}",
    '" onmouseover="alert(1)" x=\'',
    "</template></section><script>alert(1)</script><!--",
    "&lt;b&gt; &amp; <b>bold</b> &#x3C;i&#x3E;",
    "]]> <![CDATA[ <?php ?> <!DOCTYPE x>",
    "a\x00b\x1b[31m\ud800",
]
VOID = {"br", "img", "input", "link", "meta"}
TAGS = {
    *"section div p h3 h4 ol ul li br details summary button pre code label input aside dl dt dd".split(),
    *"table thead tbody tr th td span bdi b i small mark".split(),
    *"svg g polyline circle text tspan pre code path title".split(),
}


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Any] = field(default_factory=list)

    def find(self, tag: str = "", css: str = "", having: str = "") -> list[Node]:
        return [
            node
            for node in self.nodes()
            if tag in {"", node.tag}
            and css in {"", *(node.attributes.get("class") or "").split()}
            and (not having or having in node.attributes)
        ]

    def nodes(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.nodes()

    def text(self, without: str = "-") -> str:
        return "".join(
            child
            if isinstance(child, str)
            else ""
            if child.attributes.get("class") == without
            else child.text(without)
            for child in self.children
        )


class Reader(HTMLParser):
    """Html to nodes; fails on an end tag that does not fit."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open = [Node("root")]
        self.feed(html)
        self.close()
        assert [node.tag for node in self.open] == ["root"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def parsed(html: str) -> Node:
    return Reader(html).open[0]


def assert_inert(root: Node) -> None:
    """Only our own elements, none of whose attributes runs anything."""
    assert {node.tag for node in root.nodes()} <= TAGS
    names = {name for node in root.nodes() for name in node.attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "href", "srcdoc"}]


def downloads(html: str) -> dict[str, str]:
    buttons = parsed(html).find(having="data-download")
    return {str(one.attributes["data-download"]): str(one.attributes["data-content"]) for one in buttons}
