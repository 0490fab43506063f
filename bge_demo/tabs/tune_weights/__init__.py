"""Weights and a threshold for the user's own labelled pairs, with honest figures."""
