"""HTML and Markdown lose their marks; lines stay, and a text without marks comes back as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.text.markup import without_markup

MARKDOWN = """# Annual leave

Each year has **25 days**, *with* pay, see [the rules](https://a.example/r "Rules").
![A calendar](c.png) ~~Old~~ `**as is**` and snake_case_names.

- first
  * [x] second
> quoted

| Month | Days |
|---|---:|
| May | 3 |

```python
# a comment
x = "**" * 2
```
Sum
===
[1]: https://a.example
"""
READ = """Annual leave

Each year has 25 days, with pay, see the rules.
A calendar Old **as is** and snake_case_names.

first
[x] second
quoted

Month\tDays
May\t3

# a comment
x = "**" * 2
Sum"""


@pytest.mark.parametrize(
    "text",
    [
        "First paragraph,\nits second line.\n\nSecond paragraph.\n\n\n  Third one.\n",
        "第一段。\r\n\r\n第二段，3 * 4 = 12。\r\n",
        "a < b and b > c, x <3, vector<int>, file_name_here, [3], #1, 5 - 3, R&D, AT&T;",
        "f*** this *** and 2 * 3 * 4",
        "One | two | three without a table",
        "",
    ],
)
def test_a_text_without_markup_comes_back_unchanged(text: str) -> None:
    assert without_markup(text) == text


def test_markdown_loses_its_marks_and_keeps_its_lines() -> None:
    assert without_markup(MARKDOWN) == READ
    assert without_markup(MARKDOWN.replace("\n", "\r\n")).replace("\r", "") == READ
    assert without_markup("这是**重点**内容，**注意：**请看") == "这是重点内容，注意：请看"
    assert without_markup("**2*3*4** is `24`") == "2*3*4 is 24"
    assert without_markup("1. 第一\n2. 第二\n\n# 三") == "1. 第一\n2. 第二\n\n三"


def test_html_loses_its_tags_and_keeps_its_paragraphs() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>T</title></head>\n<body><!-- <p>no -->\n"
        "<h1>Size &amp; weight</h1>\n  <p>Hello <b>world</b>.<br/>Next line.</p>\n"
        "<p>Second&nbsp;one.</p><script>x < y</script>\n"
        "<table><tr><td>a</td><td>b</td></tr></table></body></html>"
    )
    assert without_markup(page) == "Size & weight\n\nHello world.\nNext line.\n\nSecond one.\n\na\tb"
    assert without_markup("Plain line\nwith <b>bold</b>\n\nNext.") == "Plain line\nwith bold\n\nNext."
    assert without_markup("<note>XML</note>") == "XML"
    assert without_markup("A <i>vector<int></i> &lt; b") == "A vector<int> < b"


@given(st.text(alphabet="ab \n*_`#<>/[]()|-~&;p\r", max_size=60))
def test_any_text_gives_a_text(text: str) -> None:
    without_markup(text)
