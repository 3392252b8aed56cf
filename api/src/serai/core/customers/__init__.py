"""Customers: people and companies with needs."""
