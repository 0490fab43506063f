"""Texts and files to words, windows and rows; checks of what users send."""
