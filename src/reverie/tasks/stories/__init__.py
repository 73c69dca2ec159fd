"""Answers from stories: sentences are remembered, and a question about them is answered."""
