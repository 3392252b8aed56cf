"""Jobs: what workers do, as operators see it."""
