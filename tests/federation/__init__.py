"""The graph as a subgraph of Apollo Federation."""
