"""Two texts compared by all three heads."""
