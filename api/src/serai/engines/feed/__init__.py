"""The feed: committed events get one order, and are told to who reads them."""

from .hub import Hub, Stopping, TooSlow, Wanted
from .listening import Listening
from .rounds import Rounds, doubled, told
from .stamper import Stamper

__all__ = ["Hub", "Listening", "Rounds", "Stamper", "Stopping", "TooSlow", "Wanted", "doubled", "told"]
