"""Messages between the two sides of a proposal."""
