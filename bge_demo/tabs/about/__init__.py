"""What the model is and is not."""
