"""A loader per dataset gives raw examples; one decode cache, one index order, one batch path."""
