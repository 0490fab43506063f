"""Blocks that refuse payloads which do not fit, without quoting them. Knows no tab."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse

from bge_demo.errors import InputError
from bge_demo.ui.page import program_error

# What gradio raises for values that are not its components'.
_MISFITS = (gr.Error, ValueError, TypeError, OSError)


class GuardedBlocks(gr.Blocks):
    """Blocks that answer a payload of the wrong shape with a sentence; gradio's own error writes it into the
    log."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """An endpoint's last inputs may be left out when they have defaults; a file may only be an upload."""
        left_out = [one.value for one in block_fn.inputs[len(inputs) :] if isinstance(one, Api)]
        try:
            traverse(inputs, _refuse_address, is_file_obj_with_meta)
            ready: list[Any] = await super().preprocess_data(
                block_fn, [*inputs, *left_out], state, explicit_call
            )
            return ready
        except _MISFITS:
            raise program_error(InputError("input.payload")) from None


def _refuse_address(file: dict[str, Any]) -> dict[str, Any]:
    # gradio would fetch it.
    if is_http_url_like(file["path"]):
        raise ValueError("an address, not an upload")
    return file
