"""The table of builders, and what every model has in common.

A model takes stored examples as they are and gives float32 logits, or a number. It is a
functional graph of Keras layers and operations only, so that plain Keras can load what
we save.
"""

from collections.abc import Callable

import keras

from dltrain.config.schema import CNNConfig, ModelConfig
from dltrain.dataset_info import DatasetInfo
from dltrain.models.blocks import is_weight
from dltrain.models.cepstrum import cepstrum
from dltrain.models.cnn import build_cnn
from dltrain.models.crnn import build_crnn
from dltrain.models.initial import output_begins_at, pass_on
from dltrain.models.linear import build_linear
from dltrain.models.lstm import build_lstm
from dltrain.models.mlp import build_mlp
from dltrain.models.transformer import build_transformer

BUILDERS: dict[str, Callable[..., keras.KerasTensor]] = {
    "linear": build_linear,
    "mlp": build_mlp,
    "cnn": build_cnn,
    "lstm": build_lstm,
    "crnn": build_crnn,
    "transformer": build_transformer,
}
"""Each takes its config, the example tensor and the DatasetInfo, and returns ``(batch, features)``."""


OUTPUT_NAMES = ("logits", "number")
"""Of the output layer: of classes, or of a regression."""


def build_model(config: ModelConfig, info: DatasetInfo) -> keras.Model:
    """Build the model a config names, under the strategy and precision now in force.

    Args:
        config: the experiment's ``model`` section.
        info: the data it is for.

    Returns:
        A model from ``(batch, *info.input_shape)`` stored examples to
        ``(batch, info.num_outputs)`` float32 logits, or numbers in the unit of the labels.
    """
    inputs = keras.Input(info.input_shape, dtype=info.input_dtype, name="inputs")
    features = BUILDERS[config.name](config, _normalised(inputs, info), info)
    model = keras.Model(inputs, _outputs(config, features, info), name=config.name)
    _name_operations(model)
    _penalise_weights(config, model)
    if isinstance(config, CNNConfig) and config.initializer == "identity":
        for layer in model.layers:
            if isinstance(layer, keras.layers.Conv1D | keras.layers.Conv2D) and layer.trainable:
                pass_on(layer)
    return model


def _normalised(inputs: keras.KerasTensor, info: DatasetInfo) -> keras.KerasTensor:
    """Pixels, mel bands or columns with mean 0 and deviation 1, MFCCs of such bands; words as they are.

    Numbers that stay in their own units, said by a mean of 0 and a deviation of 1, pass no
    layer. Sound and uint8 pixels always do: the layer makes pixels float32.
    """
    if info.modality == "text" or _stays_as_it_is(info):
        return inputs
    scale = [1.0 / deviation for deviation in info.standard_deviation]
    offset = [-mean * factor for mean, factor in zip(info.mean, scale, strict=True)]
    tensor = keras.layers.Rescaling(scale, offset, dtype="float32", name="normalise")(inputs)
    return cepstrum(tensor, info.cepstral_coefficients) if info.cepstral_coefficients else tensor


def _stays_as_it_is(info: DatasetInfo) -> bool:
    is_number = info.input_dtype == "float32" and info.modality != "audio"
    return is_number and not any(info.mean) and set(info.standard_deviation) == {1.0}


def _outputs(
    config: ModelConfig, features: keras.KerasTensor, info: DatasetInfo
) -> keras.KerasTensor:
    """Logits, or the number in the unit of the labels, which may be the network's own."""
    name = OUTPUT_NAMES[info.task == "regression"]
    layer = keras.layers.Dense(
        info.num_outputs, dtype="float32", name=name, **output_begins_at(config)
    )
    outputs = layer(features)
    unit = (info.target_standard_deviation, info.target_mean)
    if info.task != "regression" or unit == (1.0, 0.0):
        return outputs
    return keras.layers.Rescaling(*unit, dtype="float32", name="in_label_units")(outputs)


def _name_operations(model: keras.Model) -> None:
    """Number the operations between layers; their own names count all that the process has made."""
    operations = [item for item in model.operations if not isinstance(item, keras.layers.Layer)]
    for index, operation in enumerate(operations, start=1):
        operation.name = f"operation_{index}"


def _penalise_weights(config: ModelConfig, model: keras.Model) -> None:
    """L1 and L2 penalties on kernels and embeddings, whatever layer holds them."""
    if config.l1 or config.l2:
        for variable in model.trainable_variables:
            if is_weight(variable):
                variable.regularizer = keras.regularizers.L1L2(config.l1, config.l2)


def with_probabilities(model: keras.Model, info: DatasetInfo) -> keras.Model:
    """The same model giving probabilities, for people who load it with plain Keras.

    A softmax over the classes, the sigmoid of the second of two classes, or for regression
    the number itself.
    """
    if info.task == "regression":
        return model
    if info.task == "binary":
        last = keras.layers.Activation("sigmoid", dtype="float32", name="probabilities")
    else:
        last = keras.layers.Softmax(dtype="float32", name="probabilities")
    return keras.Model(model.input, last(model.output), name=model.name)
