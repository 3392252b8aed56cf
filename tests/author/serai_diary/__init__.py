"""A plug-in as a stranger writes one: a diary about customers, with what the core offers plug-ins."""
