"""Proposals: what providers answer to demands, and how one of them wins."""
