"""One long document against a query and a summary."""
