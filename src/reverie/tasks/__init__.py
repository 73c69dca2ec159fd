"""Tasks: one folder for each kind of data, with everything about it inside."""
