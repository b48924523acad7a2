"""The model families and their options."""

from typing import Annotated, Literal

from pydantic import Field

from dltrain.config.schema.values import (
    Activation,
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    OneOrPerStage,
    PositiveInt,
    Section,
    SequencePooling,
)

Counts = Annotated[tuple[PositiveInt, ...], Field(min_length=1)]


class EmbeddingConfig(Section):
    """How the words of a text become vectors."""

    units: PositiveInt = 100
    """Numbers per word."""
    dropout: Fraction = 0.0
    """Part of those numbers set to zero in a whole text while training."""
    naive_bayes: bool = False
    """Multiply a word's numbers by the fixed logarithm of how much likelier it is in texts of the last class (Wang and Manning 2012)."""


class ModelSection(Section):
    """What every model has in common."""

    l1: NonNegativeFloat = 0.0
    """Times the sum of absolute weights, added to the training loss; biases and norms are left out."""
    l2: NonNegativeFloat = 0.0
    """Times the sum of squared weights, added to the training loss; biases and norms are left out."""
    embedding: EmbeddingConfig = EmbeddingConfig()
    """How the words of a text become vectors; for text only."""


class LinearModelConfig(ModelSection):
    """A weighted sum of the inputs: linear regression, or logistic regression for classes."""

    name: Literal["linear"]
    degree: Annotated[int, Field(ge=1, le=10)] = 1
    """Powers of every input up to this one are inputs too; 2 adds the squares."""
    initializer: Literal["zeros", "glorot_uniform", "uniform"] = "zeros"
    """Where the weights begin: at zero, small at random (Glorot and Bengio 2010), or with their biases between 0 and 1."""


class MLPConfig(ModelSection):
    """Fully connected layers, one after the other; of a text they see the pooled words."""

    name: Literal["mlp"]
    hidden_units: tuple[PositiveInt, ...] = (256, 128)
    """Units of each hidden layer; an empty list is a linear model."""
    activation: Activation = "relu"
    """Function after each hidden layer."""
    norm: Literal["none", "batch", "layer"] = "none"
    """Normalise each hidden layer before its activation: over the global batch, or over its units."""
    dropout: Fraction = 0.0
    """Part of each hidden layer's outputs set to zero while training."""
    initializer: Literal["glorot_uniform", "he_normal", "uniform"] = "glorot_uniform"
    """Where the weights begin: Glorot and Bengio 2010, He et al. 2015, or with their biases between 0 and 1."""
    pooling: Literal["average", "max", "average_and_max", "sum"] = "average"
    """How the vectors of a text's words become one; for text only."""


class CNNConfig(ModelSection):
    """Stages of convolutions, each closed by a pooling, then a fully connected head."""

    name: Literal["cnn"]
    filters: Counts = (32, 64)
    """Filters of each stage; one stage per number."""
    convolutions_per_stage: PositiveInt = 1
    """Convolutions in each stage."""
    kernel_size: PositiveInt = 3
    """Length of each convolution along every axis: pixels, words, frames or mel bands."""
    padding: Literal["same", "valid"] = "same"
    """Whether convolutions keep the size (same) or lose the border (valid)."""
    pool_size: OneOrPerStage = 2
    """Each stage divides every axis by this number; 1 leaves them; a list has one number per stage."""
    pool_after: Literal["first", "last"] = "last"
    """After which convolution of its stage the pooling stands; the first is faster, its pooling right behind it."""
    whitening: PositiveInt | None = None
    """Side of the patches of pixels that a first layer, taken from training images and never trained, makes uncorrelated; for images only."""
    residual: bool = False
    """Add to each stage two more convolutions whose result is added to what they are given (He et al. 2016)."""
    activation: Activation = "relu"
    """Function after each convolution and each hidden layer of the head."""
    norm: Literal["none", "batch", "layer"] = "batch"
    """Normalise each convolution before its activation: over the global batch, or over its filters."""
    norm_momentum: Fraction = 0.99
    """Part of the running means of batch norm kept in each step; short trainings need less."""
    norm_scale: bool = True
    """Whether norms learn a scale beside their offset."""
    initializer: Literal["glorot_uniform", "identity"] = "glorot_uniform"
    """Where the convolutions begin: small at random (Glorot and Bengio 2010), or passing on what they are given, with an output of zero (Jordan 2024)."""
    audio_axes: Literal["time_frequency", "time"] = "time_frequency"
    """Convolve sound over time and frequency, or over time with frequencies as channels; for audio only."""
    head: Literal["flatten", "average", "max", "average_and_max"] = "flatten"
    """How the last feature maps become a vector: all values, or the mean or maximum of each map, or both."""
    hidden_units: tuple[PositiveInt, ...] = ()
    """Units of the fully connected layers before the output."""
    dropout: Fraction = 0.0
    """Part of the inputs of each fully connected layer set to zero while training."""

    def pool_sizes(self) -> tuple[int, ...]:
        """One pool size per stage; of a list, what is written, which has to be as long as `filters`."""
        if isinstance(self.pool_size, tuple):
            return self.pool_size
        return (self.pool_size,) * len(self.filters)


class RecurrentSection(ModelSection):
    """What every recurrent model has in common."""

    cell: Literal["lstm", "gru", "simple_rnn"] = "lstm"
    """Long short-term memory (Hochreiter and Schmidhuber 1997), gated unit (Cho et al. 2014), or plain recurrence."""
    units: Counts = (128,)
    """Units of each recurrent layer; one layer per number."""
    bidirectional: bool = False
    """Read in both directions and join the two."""
    pooling: SequencePooling = "last"
    """What of the last layer is kept: its last state, or the mean or maximum over all steps, or both."""
    dropout: Fraction = 0.0
    """Part of each recurrent layer's outputs set to zero while training."""


class LSTMConfig(RecurrentSection):
    """Recurrent layers that read an example step by step: words, frames, or rows of an image."""

    name: Literal["lstm"]
    activation: Literal["tanh", "relu"] = "tanh"
    """Function that makes a cell's new values."""
    image_steps: Literal["rows", "sweeps"] = "rows"
    """Read an image row by row, or patch by patch along its rows and then along its columns (Visin et al. 2015); for images only."""
    patch_size: PositiveInt = 4
    """Height and width of the patches of 'sweeps'; for images only."""
    segment_length: PositiveInt | None = None
    """Cut a text into segments of this many words that are read side by side, each from a fresh state; faster on a CPU; for text only."""
    frames_per_step: PositiveInt = 1
    """Frames of sound read in one step; for audio only."""


class CRNNConfig(RecurrentSection):
    """Stages of convolutions with pooling, then recurrent layers over what is left of time, text or rows."""

    name: Literal["crnn"]
    filters: Counts = (32, 64)
    """Filters of each stage of convolutions; one stage per number."""
    kernel_size: PositiveInt = 3
    """Length of each convolution along every axis."""
    pool_size: PositiveInt = 2
    """Each stage divides every axis by this number; 1 leaves them."""
    activation: Activation = "relu"
    """Function after each convolution."""
    norm: Literal["none", "batch", "layer"] = "batch"
    """Normalise each convolution before its activation: over the global batch, or over its filters."""


class TransformerConfig(ModelSection):
    """Self-attention over tokens (Vaswani et al. 2017): words, patches of an image, or frames of sound."""

    name: Literal["transformer"]
    dim: PositiveInt = 64
    """Numbers per token."""
    depth: PositiveInt = 2
    """Blocks of self-attention and fully connected layers."""
    heads: PositiveInt = 4
    """Attention heads of each block; they share `dim` between them."""
    mlp_ratio: NonNegativeInt = 2
    """Units of each block's hidden layer, as a multiple of `dim`; 0 leaves self-attention alone."""
    residual: bool = True
    """Add the result of each part of a block to what it is given."""
    tokens: Literal["patches", "convolutions"] = "patches"
    """Cut patches, or let a small stack of convolutions make the tokens (Hassani et al. 2021)."""
    patch_size: PositiveInt = 4
    """Pixels (both ways), words or frames per token; a power of two for 'convolutions'."""
    positions: Literal["learned", "sinusoidal", "none"] = "learned"
    """How a token knows where it stands."""
    norm: Literal["pre", "post", "none"] = "pre"
    """Normalise before each part of a block, or after it, or not at all."""
    pooling: Literal["attention", "average", "max"] = "average"
    """How the tokens become one vector: weighted by learned attention, their mean, or their maximum."""
    activation: Activation = "gelu"
    """Function in each block's hidden layer."""
    dropout: Fraction = 0.0
    """Part of each block's outputs and of the final vector set to zero while training."""
    stochastic_depth: Fraction = 0.0
    """Part of the examples for which the last block is skipped while training; earlier blocks less, in proportion (Huang et al. 2016)."""


ModelConfig = Annotated[
    LinearModelConfig | MLPConfig | CNNConfig | LSTMConfig | CRNNConfig | TransformerConfig,
    Field(discriminator="name"),
]
