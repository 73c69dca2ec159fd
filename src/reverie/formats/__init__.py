"""File formats, one a module, with `read` and `write` side by side. No jax."""
