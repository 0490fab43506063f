"""Results to HTML and files. Deterministic; knows no server and no gradio.

A result is rendered once with both languages inside; the page shows one of them. Nothing of a visitor's
result has to be kept on the server to translate or to download it.
"""
