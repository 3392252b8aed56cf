"""What can be done."""

from __future__ import annotations

from serai_sdk.operations import Mutation

MUTATIONS: tuple[Mutation, ...] = ()
