"""Answers that stand in a passage: the places of their first and last word are learned."""
