"""Files as they come from elsewhere and go there: one format a module. No jax."""
