"""Compares engines, precisions and FlagEmbedding on this machine. A developer's command."""
