"""Capacity: what can be held of what there is; the database itself refuses more."""
