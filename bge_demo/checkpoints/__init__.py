"""Which checkpoint, where it lies, whether it is whole, and how to fetch it."""
