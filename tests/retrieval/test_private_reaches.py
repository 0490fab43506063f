"""No attribute that another package keeps to itself is touched, but for gradio's in the one file about it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "bge_demo"
ALLOWED = {"ui/gradio_inside.py"}
# What a NamedTuple offers to everybody.
PUBLIC = {"_asdict", "_fields", "_replace", "_make"}


def private_reaches(tree: ast.AST) -> Iterator[str]:
    """`x._name`, unless x is the object itself or its class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr[0] == "_" and node.attr[:2] != "__":
            if node.attr in PUBLIC:
                continue
            owner = node.value
            if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
                yield f"{node.lineno}: {ast.unparse(node)}"


def test_nobody_reaches_into_another_package() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{reach}"
        for path in PACKAGE.rglob("*.py")
        if str(path.relative_to(PACKAGE)) not in ALLOWED
        for reach in private_reaches(ast.parse(path.read_text("utf-8")))
    }
    retrieval = {reach for reach in found if reach.startswith(("retrieval/", "tabs/", "scores/", "text/"))}
    assert retrieval == set()
