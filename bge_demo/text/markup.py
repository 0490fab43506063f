"""HTML and Markdown to what a reader sees of them. Knows no files.

The parsers are resiliparse's (HTML as browsers read it) and markdown-it's (CommonMark and its tables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG_NAME = re.compile(r"</?([a-zA-Z][\w:-]*)")
_CLOSING_NAME = re.compile(r"</([a-zA-Z][\w:-]*)")
_NEVER_CLOSED = frozenset("br hr img input wbr".split())
# CommonMark keeps the marks of emphasis that ends in Chinese punctuation: **注意：**请.
_ENDING_WIDE = re.compile(r"\*\*(?=[^\s*])([^*\n]{0,999}[^\x00-\x7f\s*])\*\*")
# Stands for such a sign while Markdown is read; no text has it.
_TIMES, _TIMES_SIGN = re.compile(r"(?<=\d)\*(?=\d)"), "\ufdd0"
_PROSE = {"paragraph_open", "paragraph_close", "inline", "text", "softbreak"}


def text_of_html(html: str) -> str:
    """What a reader sees of HTML: blocks on lines of their own, tabs between the cells of a table.

    >>> text_of_html("<p>Hello <b>world</b></p><p>这是<b>重点</b>内容")
    'Hello world\\n\\n这是重点内容'
    """
    # The import takes a moment that only HTML needs.
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(html, preserve_formatting=True, list_bullets=False, alt_texts=False)
    return re.sub(r"\t{2,}", "\t", text).replace("\u00a0", " ")


def without_markup(text: str) -> str:
    """What a reader sees of HTML and Markdown; a text of neither comes back as it is.

    >>> without_markup("# Leave\\n\\nEach year **25 days**, see [rules](a.html).")
    'Leave\\n\\nEach year 25 days, see rules.'
    >>> without_markup("<p>Hello <b>world</b></p>")
    'Hello world'
    >>> without_markup("Two lines\\nof 3 * 4 and 5 < 6\\n\\n\\nstay.")
    'Two lines\\nof 3 * 4 and 5 < 6\\n\\n\\nstay.'
    """
    if _PAGE.match(text):
        return text_of_html(text)
    link_targets: dict[str, object] = {}
    # 2*3*4 is no emphasis to whoever wrote it.
    tokens = _markdown().parse(_TIMES.sub(_TIMES_SIGN, text), link_targets)
    known = _NEVER_CLOSED | {name.lower() for name in _CLOSING_NAME.findall(text)}
    if not link_targets and not any(_is_mark(token, known) for token in tokens):
        return text
    lines = re.split(r"\r\n|\r|\n", text)
    return "".join(_read(tokens, lines, known)).replace(_TIMES_SIGN, "*")


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Lines that begin far in are prose here: texts are pasted from anywhere.
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("code")


def _is_mark(token: Token, known: frozenset[str]) -> bool:
    """Whether a reader would see something else than the token's source."""
    if token.type == "text":
        return _ENDING_WIDE.search(token.content) is not None
    if token.type == "html_inline":
        return _is_tag(token.content, known)
    return token.type not in _PROSE or any(_is_mark(child, known) for child in token.children or ())


def _is_tag(tag: str, known: frozenset[str]) -> bool:
    """Comments and tags of HTML or that the text closes; `vector<int>` is none."""
    name = _TAG_NAME.match(tag)
    return name is None or name[1].lower() in known


def _read(tokens: Sequence[Token], lines: Sequence[str], known: frozenset[str]) -> Iterator[str]:
    """The text of each block, what stands between it and the block before first."""
    place, number = -1, ""
    for token in tokens:
        if token.type == "list_item_open" and token.info:
            number = f"{token.info}{token.markup} "
        text = _block_text(token, known)
        if not text or token.map is None:
            continue
        begin = token.map[0]
        if place >= 0:
            yield "\t" if begin == place else "\n" if lines[begin - 1].strip() else "\n\n"
        yield number + text
        place, number = begin, ""


def _block_text(token: Token, known: frozenset[str]) -> str:
    if token.type == "inline":
        return _inline_text(token.children or (), known)
    if token.type == "html_block":
        return text_of_html(token.content)
    return token.content.removesuffix("\n") if token.type == "fence" else ""


def _inline_text(tokens: Sequence[Token], known: frozenset[str]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline" and _is_tag(token.content, known):
            parts.append("\n" if token.content.lower().startswith("<br") else "")
        elif token.type == "text":
            parts.append(_ENDING_WIDE.sub(r"\1", token.content))
        else:
            # Code, characters that were escaped, the description of a picture; nothing for marks.
            parts.append(token.content)
    return "".join(parts)
