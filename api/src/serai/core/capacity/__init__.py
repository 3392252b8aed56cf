"""Capacity in the graph, and what is done about it beside requests."""
