"""TensorFlow imported at the price of its modules alone."""

import gc
import sys


def load_tensorflow() -> None:
    """Import TensorFlow and Keras, with Python's garbage collector at rest.

    What they make lives as long as the process. To look through it for garbage costs about a
    second of their import, and again in every full collection of the training, so it is set
    apart for good (`gc.freeze`).
    """
    if "tensorflow" in sys.modules:
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        import keras  # noqa: F401, PLC0415 - this is the moment
        import tensorflow as tf  # noqa: F401, PLC0415
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
