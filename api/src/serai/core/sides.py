"""The sides of the platform: on whose behalf somebody did or said something, without saying who."""

from __future__ import annotations

from enum import StrEnum

from serai_sdk import Viewer


class Side(StrEnum):
    """On whose side somebody is."""

    CUSTOMER = "CUSTOMER"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"


def side_of(viewer: Viewer) -> Side:
    """The side somebody acts on; apps and the system act for the organisation."""
    match viewer.kind:
        case "customer":
            return Side.CUSTOMER
        case "provider":
            return Side.PROVIDER
        case _:
            return Side.STAFF
