"""For all tests: what every process of a run has in common."""

from __future__ import annotations

import gc

# Schemas and platforms are hundreds of thousands of objects that stay: to look through them as often as Python does by
# itself is a sixth of the time of a run.
gc.set_threshold(50_000, 20, 50)
