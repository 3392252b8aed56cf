"""Demands: one need of one customer in one scenario."""
