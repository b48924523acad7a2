"""The run directory: paths, which run a command means, metrics file, manifest. No TensorFlow."""
