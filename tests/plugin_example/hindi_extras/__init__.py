"""Plugins for the harness. Importing this package has no effect; each module has one plugin."""
