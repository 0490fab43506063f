"""What programs may call."""
