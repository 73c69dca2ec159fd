"""Media stand between people and arrays: they encode, decode and render. NumPy only."""
