"""Embeddings to numbers. Pure numpy: knows no page and no store."""
