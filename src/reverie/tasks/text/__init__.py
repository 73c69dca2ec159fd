"""Text: one long sequence of characters, bytes, words or pieces of words."""
