"""The ledger in the graph: accounts, transfers and statements, to read; what writes them is an engine."""
