"""Chorales: music in voices, composed freely or beneath a melody."""
