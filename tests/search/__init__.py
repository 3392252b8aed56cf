"""Search over the demo data: what people look for, and what they expect to find first."""
