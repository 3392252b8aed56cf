"""The engine against a reference: plain resolvers, rules written by hand, random queries, planted faults."""
