"""One-second recordings of spoken words (Warden 2018), from tensorflow-datasets.

The training and validation parts are official and share no speaker; most of their words are
`_unknown_`. The official test part is balanced over the classes, so accuracies on the two are not
comparable.
"""

from pathlib import Path

import numpy as np

from dltrain.data import tfds_source
from dltrain.data.examples import Columns
from dltrain.dataset_info import DATASET_INFO

NAME = "speech_commands"
SAMPLES = DATASET_INFO[NAME].waveform_samples


def source_key(data_dir: Path, *, offline: bool) -> str:
    """The prepared version and its files, prepared now if it can be."""
    return tfds_source.prepared_key(NAME, data_dir, offline=offline)


def decode(data_dir: Path) -> dict[str, Columns]:
    """The official splits in the prepared order, every recording one second long.

    Shorter ones end in zeros, longer ones are cut.
    """
    return {split: _split(split, data_dir) for split in ("train", "validation", "test")}


def _split(split: str, data_dir: Path) -> Columns:
    """Filled row by row: with 85,511 recordings no second copy may lie beside the 2.7 GB."""
    count = tfds_source.count_of(NAME, split, data_dir)
    waveforms = np.zeros((count, SAMPLES), np.int16)
    labels = np.zeros(count, np.int32)
    for row, example in enumerate(tfds_source.examples_of(NAME, split, data_dir)):
        recording = example["audio"][:SAMPLES]
        waveforms[row, : len(recording)] = recording
        labels[row] = example["label"]
    return {"waveforms": waveforms, "labels": labels}
