"""Imports point down only, heavy packages load late, no error is swallowed: read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "bge_demo"
# The folders are the layers: a file imports from its own rank and from those before it.
RANKS = (
    ("settings", "errors", "locales", "samples"),
    ("text",),
    ("checkpoints",),
    ("encoder",),
    ("scores",),
    ("serving",),
    ("retrieval",),
    ("ui",),
    ("tabs",),
    ("api",),
    ("page",),
    ("server",),
    ("app",),
)
LAYERS = {name: rank for rank, names in enumerate(RANKS) for name in names}
# `from bge_demo import compare` offers what stands at most this high.
PUBLIC_FACE = LAYERS["tabs"]
LATE_PACKAGES = {"torch", "FlagEmbedding", "transformers", "openvino"}
MAY_READ_ENVIRONMENT = {"app", "server"}


def complaints(root: Path) -> list[str]:
    """`file:line what` for every broken rule in the package under `root` and in its app.py."""
    files = sorted((root / PACKAGE).rglob("*.py")) + [path for path in [root / "app.py"] if path.exists()]
    found = []
    for path in files:
        checker = _Checker(path.relative_to(root))
        checker.visit(ast.parse(path.read_text("utf-8")))
        found += checker.complaints
    return found


class _Checker(ast.NodeVisitor):
    """Walks one file; knows whether it is inside a function, a type-checking block or a class."""

    def __init__(self, path: Path) -> None:
        parts = path.with_suffix("").parts
        self.path = path
        self.is_face = parts == (PACKAGE, "__init__")
        self.area = parts[0] if len(parts) == 1 else parts[1]
        self.package = parts[:-1]
        self.layer = PUBLIC_FACE if self.is_face else LAYERS.get(self.area)
        self.inside: list[str] = []
        self.complaints: list[str] = []
        if self.layer is None:
            self.complaints.append(f"{path}:1 {self.area} stands in no layer")
            self.layer = max(LAYERS.values())

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._enter(node, "function")

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._enter(node, f"class {node.name}")

    def visit_If(self, node: ast.If) -> None:
        for_types = ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        self.inside.append("types" if for_types else "if")
        for statement in node.body:
            self.visit(statement)
        self.inside.pop()
        for statement in node.orelse:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imports(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        outer = self.package[: len(self.package) - node.level + 1] if node.level else ()
        module = ".".join([*outer, *([node.module] if node.module else [])])
        for alias in node.names:
            self._imports(node, f"{module}.{alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if ast.unparse(node) in {"os.environ", "os.getenv", "os.putenv"}:
            self._reads_environment(node)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        caught = {"BaseException"} if node.type is None else _names(node.type)
        at_doorway = bool({"class Doorway", "class GuardedBlocks"} & set(self.inside))
        last = node.body[-1]
        passes_on = isinstance(last, ast.Raise) and last.exc is None
        if ("Exception" in caught and not at_doorway) or ("BaseException" in caught and not passes_on):
            self._complain(node, f"swallows {', '.join(sorted(caught))}")
        self.generic_visit(node)

    def _enter(self, node: ast.AST, name: str) -> None:
        self.inside.append(name)
        self.generic_visit(node)
        self.inside.pop()

    def _imports(self, node: ast.stmt, name: str) -> None:
        top, *rest = name.split(".")
        if top == PACKAGE:
            target = LAYERS.get(rest[0], PUBLIC_FACE) if rest else PUBLIC_FACE
            if target > (self.layer or 0):
                self._complain(node, f"imports {name} from above")
            if (
                self.area == "tabs" == rest[0]
                and rest[1] != self.path.parts[2]
                and self.path.stem != "all_tabs"
            ):
                self._complain(node, f"imports {name} of another tab")
        elif top == "os" and rest in (["environ"], ["getenv"], ["putenv"]):
            self._reads_environment(node)
        elif top == "gradio" and not self._may_use_gradio():
            self._complain(node, "imports gradio where no page is built")
        elif top in LATE_PACKAGES and not {"function", "types"} & set(self.inside):
            self._complain(node, f"imports {top} at module level")

    def _may_use_gradio(self) -> bool:
        late = not {"function", "types"}.isdisjoint(self.inside)
        builds_a_tab = self.area == "tabs" and self.path.stem.endswith(("tab", "panel"))
        in_gradio_api = self.path.parts[-2:] == ("api", "gradio_api.py")
        return (
            self.area in {"ui", "page"} or builds_a_tab or in_gradio_api or (self.area == "server" and late)
        )

    def _reads_environment(self, node: ast.AST) -> None:
        if self.area not in MAY_READ_ENVIRONMENT:
            self._complain(node, "reads the environment")

    def _complain(self, node: ast.AST, what: str) -> None:
        self.complaints.append(f"{self.path}:{getattr(node, 'lineno', 0)} {what}")


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _write(root: Path, **modules: str) -> Path:
    for name, source in modules.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
    return root


def test_the_package_keeps_its_layers() -> None:
    assert complaints(ROOT) == []


def test_the_walk_sees_the_whole_package() -> None:
    files = (ROOT / PACKAGE).rglob("*.py")
    seen = {path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py") for path in files}
    assert {name for names in RANKS for name in names} == seen - {"__init__"} | {"app"}
    assert (ROOT / "app.py").is_file()


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("text__tokens", "import bge_demo.scores", "imports bge_demo.scores from above"),
        ("text__tokens", "from bge_demo import scores", "imports bge_demo.scores from above"),
        ("text__tokens", "from ..scores.x import band", "imports bge_demo.scores.x.band from above"),
        ("encoder__engines__torch", "from ...ui import csv", "imports bge_demo.ui.csv from above"),
        ("text__tokens", "def f():\n    from bge_demo.ui import x", "imports bge_demo.ui.x from above"),
        ("text__tokens", "from bge_demo import compare", "imports bge_demo.compare from above"),
        ("encoder__cache", "import bge_demo", "imports bge_demo from above"),
        ("page", "from bge_demo.server.site import f", "imports bge_demo.server.site.f from above"),
        (
            "tabs__a__view",
            "from bge_demo.tabs.b.view import f",
            "imports bge_demo.tabs.b.view.f of another tab",
        ),
        ("newcomer", "", "newcomer stands in no layer"),
        ("tabs__a__view", "import gradio as gr", "imports gradio where no page is built"),
        (
            "scores__chart",
            "def f():\n    from gradio.components import HTML",
            "imports gradio where no page is built",
        ),
        ("server__site", "import gradio", "imports gradio where no page is built"),
        ("api__programs", "import gradio", "imports gradio where no page is built"),
        ("encoder__x", "import torch", "imports torch at module level"),
        ("tabs__a__tab", "class A:\n    from transformers import x", "imports transformers at module level"),
        ("encoder__x", "if not TYPE_CHECKING:\n    import torch", "imports torch at module level"),
        ("encoder__x", "if TYPE_CHECKING:\n  pass\nelse:\n  import torch", "imports torch at module level"),
        ("encoder__x", "import FlagEmbedding.inference", "imports FlagEmbedding at module level"),
        ("settings", "import os\nx = os.environ['A']", "reads the environment"),
        ("settings", "import os\nx = os.getenv('A')", "reads the environment"),
        ("encoder__x", "from os import environ", "reads the environment"),
        ("scores__x", "try:\n    pass\nexcept Exception:\n    raise", "swallows Exception"),
        (
            "scores__x",
            "try:\n    pass\nexcept (OSError, Exception):\n    pass",
            "swallows Exception, OSError",
        ),
        ("scores__x", "try:\n    pass\nexcept:\n    pass", "swallows BaseException"),
        ("scores__x", "try:\n    pass\nexcept BaseException:\n    print()", "swallows BaseException"),
        ("server__x", "class A:\n  try:\n    pass\n  except Exception:\n    pass", "swallows Exception"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, module: str, source: str, complaint: str) -> None:
    found = complaints(_write(tmp_path, **{f"{PACKAGE}__{module}": source}))
    assert [line.split(" ", 1)[1] for line in found] == [complaint]


def test_a_complaint_names_file_and_line(tmp_path: Path) -> None:
    _write(tmp_path, bge_demo__text__tokens="x = 1\n\nimport torch")
    assert complaints(tmp_path) == ["bge_demo/text/tokens.py:3 imports torch at module level"]


def test_what_the_rules_allow_passes(tmp_path: Path) -> None:
    _write(
        tmp_path,
        bge_demo__scores__scoring="from bge_demo.text.tokens import Word\n"
        "from bge_demo.encoder.contract import Encoder",
        bge_demo__encoder__x="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n"
        "def f():\n    import torch",
        bge_demo__tabs__a__tab="import gradio as gr\nfrom bge_demo.ui.csv_files import x",
        bge_demo__server__doorway="import os\nx = os.environ\ndef f():\n    import gradio\nclass Doorway:\n"
        "    def f(self):\n        try:\n            pass\n        except Exception:\n            pass",
        bge_demo__serving__model_host="try:\n    pass\nexcept BaseException:\n    raise",
        app="import os\nfrom bge_demo.server.serve import serve\nx = os.environ",
    )
    (tmp_path / "bge_demo" / "__init__.py").write_text("from bge_demo.tabs.compare.analysis import x")
    assert complaints(tmp_path) == []


def test_the_public_face_reaches_no_higher_than_the_tabs(tmp_path: Path) -> None:
    _write(tmp_path, bge_demo__text__tokens="")
    (tmp_path / "bge_demo" / "__init__.py").write_text("from bge_demo.page import render", "utf-8")
    assert complaints(tmp_path) == ["bge_demo/__init__.py:1 imports bge_demo.page.render from above"]
