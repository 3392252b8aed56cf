"""Who sees what: every kind of viewer, every noun, every path, against what the table of rights says."""
