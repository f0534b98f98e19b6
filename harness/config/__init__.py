"""A run's YAML file: reading, validation, and the plan that it describes."""
