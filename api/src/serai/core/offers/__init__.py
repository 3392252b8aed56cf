"""Offers: what a provider can sell, and the core's own kind of it."""
