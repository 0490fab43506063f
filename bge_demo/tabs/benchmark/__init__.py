"""How fast the model is on this machine."""
