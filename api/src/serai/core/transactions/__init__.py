"""Transactions: what was agreed, with its lines."""
