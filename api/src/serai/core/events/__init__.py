"""Events: the feed of what happened, as it is read."""
