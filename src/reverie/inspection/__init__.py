"""Inspection: the inside of a model as arrays, and pictures of them."""
