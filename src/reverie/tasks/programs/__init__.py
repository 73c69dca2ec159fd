"""Learning to execute: short programs are read, and what they print is written."""
