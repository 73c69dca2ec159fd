"""Lines of handwriting to learn from: IAM-OnDB, files of strokes, and a pen of vector fonts."""
