"""Handwriting: strokes of a pen, with the text that they spell or without."""
