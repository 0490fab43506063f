"""A result's own input as code that runs as it stands: curl and Python over `/v1`. Knows no tab."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

_ADDRESS = "http://127.0.0.1:7860/v1"


def snippets(endpoint: str, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(title, code) for each language; the page puts its own address into them.

    >>> print(snippets("compare", {"text_a": "it's"})[0][1])
    curl -s http://127.0.0.1:7860/v1/compare -H 'Content-Type: application/json' -d '{"text_a": "it'"'"'s"}'
    """
    written = json.dumps(body, ensure_ascii=False)
    address = f"{_ADDRESS}/{endpoint}"
    curl = f"curl -s {address} -H 'Content-Type: application/json' -d {shlex.quote(written)}"
    python = (
        "import requests\n\n"
        f"answer = requests.post({json.dumps(address)}, json={_python(body)})\n"
        "print(answer.json())"
    )
    return [("curl", curl), ("Python", python)]


def _python(body: Mapping[str, Any]) -> str:
    return repr(dict(body))
