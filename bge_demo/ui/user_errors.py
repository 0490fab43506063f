"""Errors as gradio shows them: escaped in the page's language, or as they are in English for programs."""

from __future__ import annotations

from html import escape

import gradio as gr

from bge_demo.errors import DemoError
from bge_demo.locales import Language


def page_error(error: DemoError, language: Language) -> gr.Error:
    """An error as a message of the page, which gradio shows as HTML."""
    return _user_error(escape(error.sentence(language), quote=False))


def program_error(error: DemoError) -> gr.Error:
    """An error as the answer to a program: the English sentence as it is."""
    return _user_error(error.sentence("en"))


def _user_error(message: str) -> gr.Error:
    return gr.Error(message, duration=12, print_exception=False)
