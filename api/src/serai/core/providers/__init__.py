"""Providers: who brings resources, with their members."""
