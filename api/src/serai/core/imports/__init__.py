"""Imports: what an organisation has, read from files, checked by the rules of the mutations, written by COPY."""
