"""HTML and Markdown to what a reader sees of them. Lines stay lines, a text without marks stays as it is.

Knows no files. What stands in code, between fences or backticks, is kept as it stands.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

_BLOCKS = """address article aside blockquote body br caption center dd details dialog div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol option p pre section select
summary table tbody textarea tfoot thead title tr ul""".split()
_PARAGRAPHS = set("p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl section article".split())
_INLINE = """a abbr acronym audio b base bdi bdo big button canvas cite code col colgroup data datalist del
dfn em embed font i iframe img input ins kbd label legend link map mark meta meter noscript object output
param picture progress q ruby rp rt s samp small source span strike strong sub sup svg td th time tt u var
video wbr""".split()
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)(?=[\s/>])[^<>]{0,4000}>|<!(?:doctype|DOCTYPE)[^<>]{0,400}>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_UNSEEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"), ("<head>", "</head>"))
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^`]*$")
_CODE = re.compile(r"(?<![`\\])(`{1,2})(?!`)([^\n]{1,500}?)(?<!`)\1(?!`)")
_RULED = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*){0,200}\|?\s*")
_RULE = re.compile(r" {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,}\s*)")
_REFERENCE = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:\s+\S{1,2000}(?:\s+[\"'(].{0,300})?\s*")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*")
_BEGINNING = re.compile(r"((?: {0,3}>[ ]?)*)(\s*)([-*+]\s+(?:\[[ xX]\]\s+)?)?")
_INLINE_MARKS = (
    (re.compile(r"!?\[([^\[\]\n]{0,1000})\]\([^()\s]{0,2000}(?:\s+\"[^\"\n]{0,300}\")?\)"), r"\1"),
    (re.compile(r"!?\[([^\[\]\n]{1,1000})\]\[[^\[\]\n]{0,200}\]"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>"), r"\1"),
    (re.compile(r"(?<![\\*\d])(\*{2,3})(?=[^\s*])([^\n]{1,1000}?)(?<=[^\s*\\])\1(?!\*)"), r"\2"),
    (re.compile(r"(?<![\\\w])(_{1,3})(?=[^\s_])([^\n]{1,1000}?)(?<=[^\s_\\])\1(?!\w)"), r"\2"),
    (re.compile(r"(?<![\\*A-Za-z0-9])\*(?=[^\s*])([^*\n]{1,1000}?)(?<=[^\s*\\])\*(?![*A-Za-z0-9])"), r"\1"),
    (re.compile(r"(?<!~)~~(?=[^\s~])([^\n]{1,1000}?)(?<=[^\s~])~~(?!~)"), r"\1"),
    (re.compile(r"\\([*_`#~|])"), r"\1"),
)
# Characters that no text holds stand for code while the rest is read.
_KEPT = "\ufdd0{}\ufdd1"
_KEPT_AT = re.compile("\ufdd0(\\d{1,7})\ufdd1")


def without_markup(text: str) -> str:
    """What a reader sees of HTML and Markdown.

    >>> without_markup("# Leave\\n\\nEach year **25 days**, see [rules](a.html).")
    'Leave\\n\\nEach year 25 days, see rules.'
    >>> without_markup("<p>Hello <b>world</b></p>")
    'Hello world'
    >>> without_markup("Two lines\\nof 3 * 4 and 5 < 6\\n\\n\\nstay.")
    'Two lines\\nof 3 * 4 and 5 < 6\\n\\n\\nstay.'
    """
    kept: list[str] = []
    prose = _CODE.sub(lambda code: _keep(code[2], kept), _without_fences(text, kept))
    prose = "\n".join(_without_marks(_without_tags(prose).split("\n")))
    prose = _ENTITY.sub(lambda found: html.unescape(found[0]).replace("\u00a0", " "), prose)
    return _KEPT_AT.sub(lambda found: kept[int(found[1])] if int(found[1]) < len(kept) else found[0], prose)


def _keep(code: str, kept: list[str]) -> str:
    kept.append(code)
    return _KEPT.format(len(kept) - 1)


def _without_fences(text: str, kept: list[str]) -> str:
    """The text with every stretch between fences set aside. A fence that nothing closes is none."""
    lines, read = text.split("\n"), []
    closing = _closing_fences(lines)
    number = 0
    while number < len(lines):
        end = closing.get(number)
        if end is None:
            read.append(lines[number])
        elif end > number + 1:
            read.append(_keep("\n".join(lines[number + 1 : end]), kept))
        number = number + 1 if end is None else end + 1
    return "\n".join(read)


def _closing_fences(lines: Sequence[str]) -> dict[int, int]:
    """The line that closes the fence of each line that opens one."""
    closing: dict[int, int] = {}
    opened, mark = -1, ""
    for number, line in enumerate(lines):
        fence = _FENCE.match(line.rstrip("\r"))
        if fence and opened < 0:
            opened, mark = number, fence[1]
        elif fence and line.strip() == fence[1] and fence[1].startswith(mark):
            closing[opened] = number
            opened = -1
    return closing


def _without_tags(text: str) -> str:
    """The text without HTML: blocks on lines of their own, paragraphs apart."""
    seen = text
    for begin, end in _UNSEEN:
        seen = _without_stretches(seen, begin, end)
    closed = {found[2].lower() for found in _TAG.finditer(seen) if found[1]}
    known = {*_BLOCKS, *_INLINE, *closed}
    bare = _TAG.sub(lambda tag: _instead_of(tag, known), seen)
    if bare == text:
        return text
    lines = "\n".join(line.strip(" \t\r") for line in bare.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def _instead_of(tag: re.Match[str], known: set[str]) -> str:
    name = (tag[2] or "html").lower()
    if name not in known:
        return tag[0]
    if name in ("td", "th"):
        return "\t" if tag[1] else ""
    return "\n\n" if name in _PARAGRAPHS else "\n" if name in _BLOCKS else ""


def _without_stretches(text: str, begin: str, end: str) -> str:
    """The text without what stands between the two, them included; one that nothing ends stays."""
    folded, parts, place = text.lower(), [], 0
    # A few capitals are longer in lower case; their places would not fit.
    folded = folded if len(folded) == len(text) else text
    while (start := folded.find(begin, place)) >= 0 and (stop := folded.find(end, start)) >= 0:
        parts.append(text[place:start])
        place = stop + len(end)
    return "".join([*parts, text[place:]])


def _without_marks(lines: Sequence[str]) -> Iterator[str]:
    """The lines without Markdown's marks; lines that are marks alone are left out."""
    tables = _table_lines(lines)
    for number, line in enumerate(lines):
        body, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
        is_ruled = number in tables and _RULED.fullmatch(body) is not None
        if is_ruled or _RULE.fullmatch(body) or _REFERENCE.fullmatch(body):
            continue
        if number in tables:
            body = "\t".join(cell.strip() for cell in body.strip().strip("|").split("|"))
        heading = _HEADING.fullmatch(body)
        body = heading[1] if heading else _BEGINNING.sub(r"\2", body, count=1)
        for mark, instead in _INLINE_MARKS:
            body = mark.sub(instead, body)
        yield body + end


def _table_lines(lines: Sequence[str]) -> set[int]:
    """The lines of tables: a ruled one below a head, and what follows with bars in it."""
    found: set[int] = set()
    for number in range(1, len(lines)):
        is_below_head = "|" in lines[number] and "|" in lines[number - 1] and number - 1 not in found
        if is_below_head and _RULED.fullmatch(lines[number].rstrip("\r")):
            found |= {number - 1, number}
        elif number - 1 in found and "|" in lines[number]:
            found.add(number)
    return found
