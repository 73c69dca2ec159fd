"""Music to learn from: piano rolls of others, MIDI files, and what music21 brings."""
