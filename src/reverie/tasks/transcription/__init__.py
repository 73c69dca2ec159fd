"""Handwriting to be read: from strokes to their text."""
