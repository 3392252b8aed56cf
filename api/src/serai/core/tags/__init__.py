"""Tags the organisation puts on customers."""
