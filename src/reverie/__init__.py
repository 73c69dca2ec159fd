"""Reverie: recurrent networks that learn sequences and dream new ones."""

__version__ = "0.1.0"
