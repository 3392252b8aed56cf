"""Fixtures and checks for whoever writes plug-ins of Serai."""
