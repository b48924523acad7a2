"""Write, verify, find and restore checkpoints."""
