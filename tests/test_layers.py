"""Imports point down only, heavy packages load late, no error is swallowed: read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "bge_demo"
LAYERS = {
    **dict.fromkeys(("settings", "errors", "locales", "samples", "sample_corpus"), 0),
    **dict.fromkeys(("tokens", "windows", "embeddings", "callers"), 1),
    **dict.fromkeys(("checkpoint_layout", "checkpoints", "downloads", "hub"), 2),
    **dict.fromkeys(("encoder", "scheduler", "embedding_cache", "engines"), 2),
    **dict.fromkeys(("scoring", "bm25", "ranking", "metrics", "stored_vectors", "nested_query"), 3),
    **dict.fromkeys(("embedded_vectors", "server_vectors", "passage_index", "corpora", "corpus_server"), 3),
    "analyses": 4,
    **dict.fromkeys(("model_host", "model_life"), 4),
    "views": 5,
    "ui": 6,
    "service": 7,
    "benchmark": 7,
    "app": 7,
}
# `from bge_demo import compare` offers what stands at most this high.
PUBLIC_FACE = 4
LATE_PACKAGES = {"torch", "FlagEmbedding", "transformers", "openvino"}
MAY_READ_ENVIRONMENT = {"app", "service"}


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
        at_doorway = self.area == "service" and "class Doorway" in self.inside
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
        elif top == "os" and rest in (["environ"], ["getenv"], ["putenv"]):
            self._reads_environment(node)
        elif top == "gradio" and not self._may_use_gradio():
            self._complain(node, "imports gradio outside ui/")
        elif top in LATE_PACKAGES and not {"function", "types"} & set(self.inside):
            self._complain(node, f"imports {top} at module level")

    def _may_use_gradio(self) -> bool:
        late = not {"function", "types"}.isdisjoint(self.inside)
        return self.area == "ui" or (self.area == "service" and late)

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
    assert {"settings", "tokens", "encoder", "engines", "scoring", "analyses", "views", "ui"} <= seen
    assert (ROOT / "app.py").is_file()


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("tokens", "import bge_demo.scoring", "imports bge_demo.scoring from above"),
        ("tokens", "from bge_demo import scoring", "imports bge_demo.scoring from above"),
        ("tokens", "from .scoring import band", "imports bge_demo.scoring.band from above"),
        ("engines__torch", "from ..views import csv", "imports bge_demo.views.csv from above"),
        ("tokens", "def f():\n    from bge_demo.ui import page", "imports bge_demo.ui.page from above"),
        ("tokens", "from bge_demo import compare", "imports bge_demo.compare from above"),
        ("encoder", "import bge_demo", "imports bge_demo from above"),
        ("views__page", "from bge_demo.service import serve", "imports bge_demo.service.serve from above"),
        ("newcomer", "", "newcomer stands in no layer"),
        ("views__chart", "import gradio as gr", "imports gradio outside ui/"),
        ("views__chart", "def f():\n    from gradio.components import HTML", "imports gradio outside ui/"),
        ("service", "import gradio", "imports gradio outside ui/"),
        ("encoder", "import torch", "imports torch at module level"),
        ("ui__tab", "class A:\n    from transformers import x", "imports transformers at module level"),
        ("encoder", "if not TYPE_CHECKING:\n    import torch", "imports torch at module level"),
        ("encoder", "if TYPE_CHECKING:\n  pass\nelse:\n  import torch", "imports torch at module level"),
        ("engines__flag", "import FlagEmbedding.inference", "imports FlagEmbedding at module level"),
        ("settings", "import os\nx = os.environ['A']", "reads the environment"),
        ("settings", "import os\nx = os.getenv('A')", "reads the environment"),
        ("encoder", "from os import environ", "reads the environment"),
        ("scoring", "try:\n    pass\nexcept Exception:\n    raise", "swallows Exception"),
        ("scoring", "try:\n    pass\nexcept (OSError, Exception):\n    pass", "swallows Exception, OSError"),
        ("scoring", "try:\n    pass\nexcept:\n    pass", "swallows BaseException"),
        ("scoring", "try:\n    pass\nexcept BaseException:\n    print()", "swallows BaseException"),
        ("service", "class A:\n  try:\n    pass\n  except Exception:\n    pass", "swallows Exception"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, module: str, source: str, complaint: str) -> None:
    found = complaints(_write(tmp_path, **{f"{PACKAGE}__{module}": source}))
    assert [line.split(" ", 1)[1] for line in found] == [complaint]


def test_a_complaint_names_file_and_line(tmp_path: Path) -> None:
    _write(tmp_path, bge_demo__tokens="x = 1\n\nimport torch")
    assert complaints(tmp_path) == ["bge_demo/tokens.py:3 imports torch at module level"]


def test_what_the_rules_allow_passes(tmp_path: Path) -> None:
    _write(
        tmp_path,
        bge_demo__scoring="from bge_demo.tokens import Word\nfrom bge_demo.embeddings import Encoder",
        bge_demo__encoder="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\n"
        "def f():\n    import torch",
        bge_demo__ui__tab="import gradio as gr\nfrom bge_demo.views.csv import x",
        bge_demo__service="import os\nx = os.environ\ndef f():\n    import gradio\nclass Doorway:\n"
        "    def f(self):\n        try:\n            pass\n        except Exception:\n            pass",
        bge_demo__model_host="try:\n    pass\nexcept BaseException:\n    raise",
        app="import os\nfrom bge_demo.service import serve\nx = os.environ",
    )
    (tmp_path / "bge_demo" / "__init__.py").write_text("from bge_demo.analyses.compare import x", "utf-8")
    assert complaints(tmp_path) == []


def test_the_public_face_reaches_no_higher_than_the_analyses(tmp_path: Path) -> None:
    _write(tmp_path, bge_demo__tokens="")
    (tmp_path / "bge_demo" / "__init__.py").write_text("from bge_demo.views import render", "utf-8")
    assert complaints(tmp_path) == ["bge_demo/__init__.py:1 imports bge_demo.views.render from above"]
