"""Train Keras models from one YAML file and keep a run that explains itself."""

__version__ = "0.1.0"
