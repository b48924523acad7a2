"""The datasets: how each is split, batched, prepared and augmented."""

from typing import Annotated, Literal

from pydantic import Field

from dltrain.config.schema.arrays import Labels, Numbers
from dltrain.config.schema.augmentation import (
    AudioAugmentationConfig,
    ImageAugmentationConfig,
    TextAugmentationConfig,
)
from dltrain.config.schema.features import FeaturesConfig, LogMelConfig
from dltrain.config.schema.values import (
    AutoOrBool,
    BatchSize,
    NonNegativeInt,
    PositiveInt,
    Section,
    Seed,
    ValidationSize,
)

SMALLEST_VOCABULARY = 3  # padding, the unknown word, and one word


class DataSection(Section):
    """What every dataset has in common."""

    batch_size: BatchSize = 128
    """Examples per step over all replicas together (the global batch); 'all' for one step per epoch."""
    validation: ValidationSize = 0.1
    """Examples set apart from training to choose the best checkpoint: a fraction, a count, 0 for none, or 'official'."""
    split_seed: Seed = 0
    """Decides which training examples go to validation; apart from `seed`, so that seeds share one split."""
    limit: PositiveInt | None = None
    """Train on the first N training examples only."""
    evaluation_limit: PositiveInt | None = None
    """Validate and test on the first N examples only."""
    drop_remainder: bool = False
    """Leave out the last batch of an epoch when it is smaller than batch_size."""
    resident: AutoOrBool = "auto"
    """Keep all training examples on every device, or (false) read those of the next steps from disk meanwhile; auto keeps up to 1 GiB, on a GPU 4 GiB."""
    synthetic: bool = False
    """Use generated examples of the same shape instead of the real ones."""


class ImageSection(DataSection):
    """What every set of images has in common."""

    augmentation: ImageAugmentationConfig | None = None
    """Random changes of the training images; off when absent."""


class DigitsConfig(ImageSection):
    """1,797 real handwritten digits of 8x8 pixels that come with scikit-learn; needs no download."""

    name: Literal["digits"]


class MnistConfig(ImageSection):
    """70,000 handwritten digits of 28x28 pixels (LeCun et al. 1998), from tensorflow-datasets."""

    name: Literal["mnist"]


class Cifar10Config(ImageSection):
    """60,000 colour photographs of 32x32 pixels in ten classes (Krizhevsky 2009), from tensorflow-datasets."""

    name: Literal["cifar10"]
    test: Literal["official", "last_10000"] = "official"
    """Test on the official 10,000 images, or on the last 10,000 of the official training images, which are then not trained on."""


class ImdbConfig(DataSection):
    """50,000 film reviews, praise or blame (Maas et al. 2011), from tensorflow-datasets."""

    name: Literal["imdb"]
    vocab_size: Annotated[int, Field(ge=SMALLEST_VOCABULARY, le=1_000_000)] = 20_000
    """Most frequent words, or n-grams, of the training part that are told apart, padding and the unknown word included."""
    sequence_length: Annotated[int, Field(ge=1, le=100_000)] = 400
    """Words, or n-grams, of a review that the model sees; longer ones are cut, shorter ones padded."""
    ngrams: Annotated[int, Field(ge=1, le=5)] | None = None
    """Show not the words in order but which runs of up to this many words a review has, each once, frequent ones first; for the mlp only."""
    cut: Literal["start", "end"] = "end"
    """Which end of a review that is too long is cut off."""
    pad: Literal["start", "end"] = "end"
    """At which end a review that is too short is padded; 'start' for the mlp only."""
    augmentation: TextAugmentationConfig | None = None
    """Random changes of the training texts; off when absent."""


class SpeechCommandsConfig(DataSection):
    """One-second recordings of ten command words, other words and silence (Warden 2018), from tensorflow-datasets."""

    name: Literal["speech_commands"]
    validation: ValidationSize = "official"
    """Examples set apart to choose the best checkpoint: 'official' for the set's own split by speaker, or a fraction or count of the training examples, or 0 for none."""
    features: FeaturesConfig = LogMelConfig()
    """What is computed from the waveforms, once, before training."""
    augmentation: AudioAugmentationConfig | None = None
    """Random changes of the training features; off when absent."""


class NumbersSection(DataSection):
    """What every set has in common whose numbers have units of their own."""

    normalise: bool = True
    """Shift and scale every input, and a number to predict, by mean and deviation of the training part, inside the model."""


class BreastCancerConfig(NumbersSection):
    """569 tumours described by 30 numbers, malignant or benign (Wolberg et al. 1995); comes with scikit-learn."""

    name: Literal["breast_cancer"]


class DiabetesConfig(NumbersSection):
    """442 patients described by 10 numbers; how far the illness went in a year (Efron et al. 2004); comes with scikit-learn."""

    name: Literal["diabetes"]


class XorConfig(NumbersSection):
    """The four examples of exclusive or (Minsky and Papert 1969); there is no test set."""

    name: Literal["xor"]
    validation: ValidationSize = 0
    """Examples set apart from the four to choose the best checkpoint; none unless asked for."""
    normalise: bool = False
    """Shift and scale the inputs by mean and deviation of the training part, inside the model."""


class RandomConfig(DataSection):
    """Random numbers with random classes: there is nothing to learn, and a run should show that."""

    name: Literal["random"]
    shape: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=3)] = (10, 1)
    """Shape of one example: columns, or steps and features, or height, width and channels."""
    classes: Annotated[int, Field(ge=2, le=1_000)] = 2
    """How many classes there are; each example draws its own."""
    examples: Annotated[int, Field(ge=2, le=10_000_000)] = 1_000
    """Training examples, validation included."""
    test_examples: NonNegativeInt = 1_000
    """Test examples; 0 for no test."""


class ArraysConfig(NumbersSection):
    """Examples written out in the config itself; there is no test set."""

    name: Literal["arrays"]
    x: Numbers
    """One entry per example: a number, or lists of numbers of one shape."""
    y: Labels
    """One entry per example: a number to predict, or a class by name, or 0 and 1."""
    kind: Literal["table", "sequence", "image"] | None = None
    """What an example is; when absent, by its nesting: up to one list a row of a table, two a sequence of steps, three an image."""
    task: Literal["regression", "classification"] | None = None
    """What y is; when absent, classes if it has names, or only 0 and 1, and else numbers."""
    validation: ValidationSize = 0
    """Examples set apart to choose the best checkpoint; none unless asked for."""
    normalise: bool = False
    """Shift and scale every input, and a number to predict, by mean and deviation of the training part, inside the model."""


DataConfig = Annotated[
    DigitsConfig
    | MnistConfig
    | Cifar10Config
    | ImdbConfig
    | SpeechCommandsConfig
    | BreastCancerConfig
    | DiabetesConfig
    | XorConfig
    | RandomConfig
    | ArraysConfig,
    Field(discriminator="name"),
]
