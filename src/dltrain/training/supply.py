"""Where the compiled steps find their examples: on the device, or fetched for each call."""

import tensorflow as tf

from dltrain.config.schema import ExperimentConfig
from dltrain.data.augmentation import examples_before
from dltrain.data.dataset import Dataset
from dltrain.training.resident import Resident, make_resident
from dltrain.training.streamed import Streamed, make_streamed

Supply = Resident | Streamed


def make_supply(
    strategy: tf.distribute.Strategy, experiment: ExperimentConfig, dataset: Dataset
) -> Supply:
    """Place the training examples on the devices, or leave them where they are.

    Args:
        strategy: the replicas.
        experiment: `data.resident` decides, which is resolved; 'auto' would place them.
        dataset: whose training examples.
    """
    examples = dataset.examples_of("train")
    if experiment.data.resident is False:
        before = examples_before(experiment.data)
        return make_streamed(strategy, examples, experiment.train.accumulation, before)
    return make_resident(strategy, examples)
