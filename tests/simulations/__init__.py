"""Simulations of the statistics: how often intervals, tests and claims are right."""
