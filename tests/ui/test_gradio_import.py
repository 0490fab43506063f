"""gradio's first import leaves nothing changed behind, and MCP to who wants it."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import inspect, sys
of_any = inspect.getfile
from bge_demo.ui.gradio_import import import_gradio
import_gradio()
assert "gradio" in sys.modules and "mcp" not in sys.modules
assert inspect.getfile is of_any
import_gradio()
import gradio, mcp
assert inspect.getfile(gradio.Blocks).endswith("blocks.py")
with gradio.Blocks() as blocks:
    gradio.Textbox().change(None, js="() => 1")
assert len(blocks.fns) == 1
import_gradio()
assert sys.modules["mcp"] is mcp
"""


def test_the_import_leaves_nothing_changed_behind() -> None:
    subprocess.run([sys.executable, "-c", CHECK], check=True, timeout=60)
