"""Every knob of an experiment: typed, loaded, checked, explained and saved. No TensorFlow."""
