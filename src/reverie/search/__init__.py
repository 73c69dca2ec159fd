"""Search: the most probable sequences, and what else is asked of them."""
