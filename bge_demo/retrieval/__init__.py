"""Passages: stored, ranked, searched stage by stage."""
