"""Data: where it comes from, how it is kept and divided, and the order in which it is read."""
