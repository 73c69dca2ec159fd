"""Pairs of sequences: one is given, the other is learned."""
