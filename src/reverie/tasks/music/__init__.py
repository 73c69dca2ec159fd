"""Music: piano rolls and chorales, composed and harmonised."""
