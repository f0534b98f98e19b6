"""What every other package uses: errors, records, the registry of plugins, files, the hub, and Hindi text."""
