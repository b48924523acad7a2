"""One-second recordings of spoken words (Warden 2018), from tensorflow-datasets.

The training and validation parts are official and share no speaker; most of their words are
`_unknown_`. The official test part is balanced over the classes, so accuracies on the two are not
comparable.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dltrain.data import tfds_source
from dltrain.data.rows import Array, Decodable, Rows
from dltrain.dataset_info import DATASET_INFO

NAME = "speech_commands"
SAMPLES = DATASET_INFO[NAME].waveform_samples


def source_key(data_dir: Path, *, offline: bool) -> str:
    """The prepared version and its files, prepared now if it can be."""
    return tfds_source.prepared_key(NAME, data_dir, offline=offline)


def decode(data_dir: Path) -> Decodable:
    """The official splits in the prepared order, every recording one second long.

    Shorter ones end in zeros, longer ones are cut.
    """
    return {split: _split(split, data_dir) for split in ("train", "validation", "test")}


def _split(split: str, data_dir: Path) -> dict[str, Array | Rows]:
    """Waveforms one by one, as 85,511 of them are 2.7 GB; making them fills in the labels."""
    count = tfds_source.count_of(NAME, split, data_dir)
    labels = np.zeros(count, np.int32)

    def waveforms() -> Iterator[Array]:
        for row, example in enumerate(tfds_source.examples_of(NAME, split, data_dir)):
            recording = example["audio"][:SAMPLES]
            labels[row] = example["label"]
            yield np.pad(recording, (0, SAMPLES - len(recording)))[np.newaxis].astype(np.int16)

    return {"waveforms": Rows((count, SAMPLES), np.int16, waveforms), "labels": labels}
