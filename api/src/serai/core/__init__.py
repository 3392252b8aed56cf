"""The core's nouns: plug-in number zero, registered with the records any plug-in uses."""
