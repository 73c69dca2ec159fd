"""Captions: sentences about pictures and clips."""
