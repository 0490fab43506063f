"""Which model answers now."""
