"""Listeners: what they still have to do, and what they could not, as operators see it."""
