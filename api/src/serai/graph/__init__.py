"""The graph engine: the records of all plug-ins become one schema, a document one statement for each root field."""
