"""The feed: committed events get one order, and are told to who reads them."""

from .hub import Hub, Stopping, TooSlow, Wanted
from .stamper import Stamper

__all__ = ["Hub", "Stamper", "Stopping", "TooSlow", "Wanted"]
