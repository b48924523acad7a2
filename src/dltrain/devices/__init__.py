"""TensorFlow's switches: threads, determinism, devices, precision, strategy."""
