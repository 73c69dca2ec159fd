"""The commands of `reverie`, one a module."""
