"""Duplicates among many lines, whatever their wording and language."""
