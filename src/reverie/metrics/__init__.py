"""Metrics of predictions, of texts and of classifications, from numbers and texts. No jax."""
