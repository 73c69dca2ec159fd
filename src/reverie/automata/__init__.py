"""Finite automata, and networks whose weights are written by hand or compiled from them."""
