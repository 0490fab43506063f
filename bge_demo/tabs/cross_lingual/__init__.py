"""One query against sentences in many languages."""
