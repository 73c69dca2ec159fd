"""Inspection: what happened inside a model, as arrays, and the pictures that are made of them."""
