"""Stays and bookings: a plug-in of Serai."""
