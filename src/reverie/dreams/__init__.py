"""Dreams: what trained models make, in the form in which people have it."""
