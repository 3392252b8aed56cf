"""Webhooks: addresses that are told what happens, by a query of who registered them, and the log of deliveries."""
