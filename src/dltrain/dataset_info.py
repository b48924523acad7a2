"""What a model may know about its data, with the static facts of the known sets.

Sizes are written here and not asked of the dataset, because a config has to be
checked before anything is downloaded, prepared or even imported.
"""

from dataclasses import dataclass
from typing import Literal

Modality = Literal["image", "text", "audio", "table", "sequence"]
SILENCE = "_silence_"  # the class whose examples are stretches of background noise
Task = Literal["multiclass", "binary", "regression"]


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """The facts shared by a dataset loader and a model builder.

    Attributes:
        name: the dataset's name in a config.
        modality: what one example is; builders accept some of them.
        task: what is asked about an example.
        input_shape: shape of one example as the model gets it while training, without the
            batch: ``(height, width, channels)``, ``(words,)``, ``(frames, mels)`` or
            ``(columns,)`` or ``(steps, features)``.
        input_dtype: its dtype: ``uint8`` pixels, ``int32`` word numbers, ``float32``.
        class_names: one name per class, in label order; empty for regression.
        num_examples: examples per stored split, as published: ``train``, mostly ``test``,
            sometimes ``validation``.
        mean: mean of the stored training inputs, for normalisation in the model: one number,
            or one per channel or column. Not used for text.
        standard_deviation: likewise.
        target_mean: mean of the numbers to predict, for regression.
        target_standard_deviation: likewise.
        is_balanced: whether the classes are about equally frequent in every split.
        vocab_size: for text, one more than the largest word number there can be.
        vocabulary: for text, the word of each number, once it is known from the training
            part; 0 is padding and 1 the unknown word.
        sample_rate: for audio, waveform samples per second.
        waveform_samples: for audio, samples of one example.
        cepstral_coefficients: for audio, how many MFCCs the model makes of the mel bands;
            0 for none.
    """

    name: str
    modality: Modality
    task: Task = "multiclass"
    input_shape: tuple[int, ...]
    input_dtype: Literal["uint8", "int32", "float32"]
    class_names: tuple[str, ...] = ()
    num_examples: dict[str, int]
    mean: tuple[float, ...] = (0.0,)
    standard_deviation: tuple[float, ...] = (1.0,)
    target_mean: float = 0.0
    target_standard_deviation: float = 1.0
    is_balanced: bool = True
    vocab_size: int = 0
    vocabulary: tuple[str, ...] = ()
    sample_rate: int = 0
    waveform_samples: int = 0
    cepstral_coefficients: int = 0

    @property
    def num_classes(self) -> int:
        """Number of classes; labels are ``0 .. num_classes - 1``."""
        return len(self.class_names)

    @property
    def num_outputs(self) -> int:
        """Numbers the model gives per example: a logit per class, or one."""
        return self.num_classes if self.task == "multiclass" else 1


_DIGIT_NAMES = tuple(str(digit) for digit in range(10))
_SPEECH_RATE = 16_000  # samples per second

DATASET_INFO: dict[str, DatasetInfo] = {
    "digits": DatasetInfo(
        name="digits",
        modality="image",
        input_shape=(8, 8, 1),
        input_dtype="uint8",
        class_names=_DIGIT_NAMES,
        num_examples={"train": 1437, "test": 360},
        mean=(4.88,),
        standard_deviation=(6.01,),
    ),
    "mnist": DatasetInfo(
        name="mnist",
        modality="image",
        input_shape=(28, 28, 1),
        input_dtype="uint8",
        class_names=_DIGIT_NAMES,
        num_examples={"train": 60_000, "test": 10_000},
        mean=(33.3,),
        standard_deviation=(78.6,),
    ),
    "cifar10": DatasetInfo(
        name="cifar10",
        modality="image",
        input_shape=(32, 32, 3),
        input_dtype="uint8",
        class_names=(
            *("airplane", "automobile", "bird", "cat", "deer"),
            *("dog", "frog", "horse", "ship", "truck"),
        ),
        num_examples={"train": 50_000, "test": 10_000},
        mean=(125.3, 123.0, 113.9),
        standard_deviation=(63.0, 62.1, 66.7),
    ),
    "imdb": DatasetInfo(
        name="imdb",
        modality="text",
        task="binary",
        input_shape=(400,),
        input_dtype="int32",
        class_names=("neg", "pos"),
        num_examples={"train": 25_000, "test": 25_000},
        vocab_size=20_000,
    ),
    "speech_commands": DatasetInfo(
        name="speech_commands",
        modality="audio",
        input_shape=(98, 40),
        input_dtype="float32",
        class_names=(
            *("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"),
            *(SILENCE, "_unknown_"),
        ),
        num_examples={"train": 85_511, "validation": 10_102, "test": 4_890},
        is_balanced=False,
        sample_rate=_SPEECH_RATE,
        waveform_samples=_SPEECH_RATE,
    ),
    "breast_cancer": DatasetInfo(
        name="breast_cancer",
        modality="table",
        task="binary",
        input_shape=(30,),
        input_dtype="float32",
        class_names=("malignant", "benign"),
        num_examples={"train": 455, "test": 114},
    ),
    "diabetes": DatasetInfo(
        name="diabetes",
        modality="table",
        task="regression",
        input_shape=(10,),
        input_dtype="float32",
        num_examples={"train": 354, "test": 88},
    ),
    "xor": DatasetInfo(
        name="xor",
        modality="table",
        task="binary",
        input_shape=(2,),
        input_dtype="float32",
        class_names=("0", "1"),
        num_examples={"train": 4},
    ),
}
