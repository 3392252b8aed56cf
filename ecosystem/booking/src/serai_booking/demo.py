"""Stays and bookings of the demo platform."""

from serai_sdk import DemoCtx


async def build(ctx: DemoCtx) -> None: ...
