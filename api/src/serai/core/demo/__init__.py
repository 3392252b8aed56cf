"""Demo data of the core."""
