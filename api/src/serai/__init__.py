"""Serai: one graph of customers, transactions, demands and scenarios, extended by plug-ins."""
