"""Principals: who can sign in, people and apps."""
