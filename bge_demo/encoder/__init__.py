"""Tokens to embeddings."""
