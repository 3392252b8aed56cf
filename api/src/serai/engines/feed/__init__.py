"""The feed: committed events get one order, and are told to who reads them."""

from .stamper import Stamper

__all__ = ["Stamper"]
