"""Codecs: between raw data and arrays, and back; they know no model and import no jax."""
