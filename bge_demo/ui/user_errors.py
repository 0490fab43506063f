"""Errors as gradio shows them: escaped in both languages for the page, or as they are in English for
programs."""

from __future__ import annotations

import gradio as gr

from bge_demo.errors import DemoError
from bge_demo.ui.rendering import bilingual


def page_error(error: DemoError) -> gr.Error:
    """An error as a message of the page, which gradio shows as HTML; it follows the switch of languages."""
    return _user_error(str(bilingual(error.key, tag="span", **error.values)))


def program_error(error: DemoError) -> gr.Error:
    """An error as the answer to a program: the English sentence as it is."""
    return _user_error(error.sentence("en"))


def _user_error(message: str) -> gr.Error:
    return gr.Error(message, duration=12, print_exception=False)
