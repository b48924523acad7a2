"""How fast a config trains on this machine, and what would make it faster."""
