"""The base of every other package: errors, records, the registry of plugins, files, the hub, and Hindi text."""
