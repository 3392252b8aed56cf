"""Exports: lists written whole into files, by jobs, with the rights of whoever asked for them."""
