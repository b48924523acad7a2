"""Whether a model can take the examples of a dataset."""

from dltrain.config.fit_convolutions import convolution_mistakes
from dltrain.config.fit_lstm import lstm_mistakes
from dltrain.config.fit_options import option_mistakes
from dltrain.config.fit_transformer import transformer_mistakes
from dltrain.config.mistakes import Mistake
from dltrain.config.pointing import Pointer
from dltrain.config.schema import (
    CNNConfig,
    CRNNConfig,
    LinearModelConfig,
    LSTMConfig,
    ModelConfig,
    TransformerConfig,
)
from dltrain.dataset_info import DatasetInfo

_NEEDS = {
    "cnn": "neighbours to convolve",
    "crnn": "neighbours to convolve",
    "lstm": "an order to read in",
    "transformer": "a sequence of tokens",
}
_OTHER_SHAPE = {
    "arrays": ", or 'kind: sequence' in data where every example is a list of steps",
    "random": ", or two numbers in data.shape: steps and features",
}


def model_mistakes(model: ModelConfig, info: DatasetInfo, pointer: Pointer) -> list[Mistake]:
    """Return what keeps a model from being built for a dataset, or makes its options idle."""
    if info.modality == "table" and model.name in _NEEDS:
        return [_no_order(model, info, pointer)]
    if info.modality == "text" and isinstance(model, LinearModelConfig):
        return [_no_numbers(info, pointer)]
    options = option_mistakes(model, info, pointer)
    if options:
        return options
    if isinstance(model, CNNConfig | CRNNConfig):
        return convolution_mistakes(model, info, pointer)
    if isinstance(model, LSTMConfig):
        return lstm_mistakes(model, info, pointer)
    if isinstance(model, TransformerConfig):
        return transformer_mistakes(model, info, pointer)
    return []


def _no_numbers(info: DatasetInfo, pointer: Pointer) -> Mistake:
    return pointer.mistake(
        "model.name",
        f"'linear' weighs numbers, and '{info.name}' has texts",
        hint="write 'name: mlp' with 'hidden_units: []', which weighs the mean of the words' vectors",
        with_paths=("data.name",),
    )


def _no_order(model: ModelConfig, info: DatasetInfo, pointer: Pointer) -> Mistake:
    return pointer.mistake(
        "model.name",
        f"'{model.name}' needs {_NEEDS[model.name]}, but the columns of '{info.name}', "
        "a table, stand in no order",
        hint=f"write 'name: mlp'{_OTHER_SHAPE.get(info.name, '')}",
        with_paths=("data.name", "data.kind", "data.x", "data.shape"),
    )
