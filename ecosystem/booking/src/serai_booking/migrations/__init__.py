"""Migrations of the tables of stays and bookings."""
