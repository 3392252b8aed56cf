"""Plug-ins of this process, as the graph shows them."""
