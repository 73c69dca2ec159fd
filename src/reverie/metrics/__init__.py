"""Measures: of predictions, of texts, of classifications. No jax but where a model is measured."""
