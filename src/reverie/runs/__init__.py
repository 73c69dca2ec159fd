"""Runs: starting, resuming and watching a training. Nothing here prints."""
