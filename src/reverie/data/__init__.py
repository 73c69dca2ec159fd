"""Data: where it comes from, how it is kept, and the order in which it is read. NumPy only."""
