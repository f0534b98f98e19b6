"""A run: from a plan to stored outputs, scores and tables."""
