"""A builder per family turns (its config, DatasetInfo) into a keras.Model."""
