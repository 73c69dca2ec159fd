"""Search for the most probable sequences, with constraints and penalties."""
