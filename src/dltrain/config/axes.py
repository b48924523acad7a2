"""The axes of an example along which neighbours mean something: what is convolved and cut."""

from dataclasses import dataclass

from dltrain.dataset_info import DatasetInfo, Modality


@dataclass(frozen=True)
class Axes:
    """The axes of one example, and how to speak of them.

    Attributes:
        modality: what one example is; never a table, whose columns have no order.
        units: what is counted along each axis.
        sizes: how much of it there is.
    """

    modality: Modality
    units: tuple[str, ...]
    sizes: tuple[int, ...]

    def text(self, sizes: tuple[int, ...] | None = None) -> str:
        """Say sizes along these axes, e.g. ``8x8 pixels`` or ``98 frames x 40 mel bands``."""
        sizes = self.sizes if sizes is None else sizes
        if self.modality == "image":
            return f"{sizes[0]}x{sizes[1]} pixels"
        return " x ".join(map(counted, sizes, self.units))

    def whole(self, name: str) -> str:
        """Say the size of a dataset's examples, e.g. ``'digits' has 8x8 images``."""
        if self.modality == "image":
            return f"'{name}' has {self.sizes[0]}x{self.sizes[1]} images"
        return f"'{name}' has {PLURAL[self.modality]} of {self.text()}"

    def first(self) -> "Axes":
        """Return the axis of time alone: words, frames or steps."""
        return Axes(self.modality, self.units[:1], self.sizes[:1])


AXES_FROM = (
    *("data.sequence_length", "data.features.window_ms", "data.features.hop_ms"),
    *("data.shape", "data.x"),
)
"""The keys that decide how many words, frames, steps or pixels there are."""

PLURAL: dict[Modality, str] = {
    "image": "images",
    "text": "texts",
    "audio": "sounds",
    "sequence": "sequences",
}


def axes_of(info: DatasetInfo) -> Axes:
    """Return the axes of a dataset's examples as a model convolves them."""
    if info.modality == "image":
        return Axes("image", ("pixel", "pixel"), info.input_shape[:2])
    if info.modality == "text":
        return Axes("text", ("word",), info.input_shape)
    if info.modality == "sequence":
        return Axes("sequence", ("step",), info.input_shape[:1])
    frames, mels = info.input_shape
    if info.cepstral_coefficients:
        return Axes("audio", ("frame", "coefficient"), (frames, info.cepstral_coefficients))
    return Axes("audio", ("frame", "mel band"), (frames, mels))


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 word``, ``2 words``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
