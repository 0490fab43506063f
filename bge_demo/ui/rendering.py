"""The template environment: escaping always on, both languages, numbers that add up as printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bge_demo.locales import say

SCORE_DECIMALS = 4
# What stands where a number is not defined.
NO_FIGURE = "–"


def render(template: str, **values: object) -> str:
    """Fill in a template by its path in the package, such as `ui/label.html`; all values are escaped."""
    return _environment().get_template(template).render(**values)


def bilingual(key: str, *, tag: str = "span", **values: object) -> Markup:
    """Both languages of a sentence side by side; the page's language decides which one is seen.

    Inside a drawing the `tag` is tspan.
    """
    spans = Markup(f'<{tag} class="t" lang="en">{{}}</{tag}><{tag} class="t" lang="zh-CN">{{}}</{tag}>')
    return spans.format(say(key, "en", **values), say(key, "zh", **values))


def score(value: float | None) -> str:
    """Four decimals, an en dash for what is not defined."""
    return NO_FIGURE if value is None else decimals(value, SCORE_DECIMALS)


def decimals(value: float, n: int = 2) -> str:
    """So many decimals, and no minus before what is printed as zero.

    >>> decimals(-0.004), decimals(-0.006), decimals(-0.04, 1)
    ('0.00', '-0.01', '0.0')
    """
    text = f"{value:.{n}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def share(percent: float) -> str:
    """A share with one decimal, rounded down: 100.0 only when nothing is left over."""
    return f"{floor(percent * 10) / 10:.1f}"


def printed_parts(parts: Sequence[float], total: float) -> list[str]:
    """Round parts so that, as printed, they add up to the printed total (largest remainder first).

    >>> printed_parts([0.00014, 0.00014, 0.00014], 0.00042)
    ['0.0002', '0.0001', '0.0001']
    """
    unit = 10**SCORE_DECIMALS
    floors = [int(part * unit // 1) for part in parts]
    missing = round(float(score(total)) * unit) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i] * unit, i))
    for i in by_remainder[: max(0, missing)]:
        floors[i] += 1
    return [score(floor / unit) for floor in floors]


def as_json(value: object) -> str:
    """Readable JSON in the user's own script."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def compact_json(value: object) -> str:
    """JSON for the page's script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, Any] = {"t": bilingual, "score": score, "decimals": decimals, "share": share}
    environment.globals.update(helpers)
    return environment
