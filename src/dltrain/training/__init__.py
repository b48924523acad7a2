"""The story of a training: strategy, optimizer and schedule, the step, the loop."""
