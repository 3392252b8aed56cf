"""Scenarios: the situations in which a need arises, with the form a demand there answers."""
