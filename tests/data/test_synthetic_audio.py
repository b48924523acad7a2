"""Generated recordings: the same every time, and with something to learn."""

from dataclasses import replace

import numpy as np
import pytest

from dltrain.config.schema import LogMelConfig
from dltrain.data.audio import log_mel_rows
from dltrain.data.examples import Columns, fingerprint
from dltrain.data.synthetic_audio import LARGEST_NOISE, generate_audio
from dltrain.dataset_info import DATASET_INFO

INFO = replace(
    DATASET_INFO["speech_commands"], num_examples={"train": 120, "validation": 60, "test": 60}
)


@pytest.fixture(scope="module")
def stored() -> dict[str, Columns]:
    """A few generated recordings."""
    return generate_audio(INFO)


def test_shapes(stored: dict[str, Columns]) -> None:
    """Every split has as many one-second recordings as stated, of every class."""
    assert {split: len(columns["labels"]) for split, columns in stored.items()} == INFO.num_examples
    for split, columns in stored.items():
        assert columns["waveforms"].shape == (INFO.num_examples[split], INFO.waveform_samples)
        assert (columns["waveforms"].dtype, columns["labels"].dtype) == (np.int16, np.int32)
        assert set(columns["labels"].tolist()) == set(range(INFO.num_classes))


def test_same_every_time(stored: dict[str, Columns]) -> None:
    """Two generations are the same to the last bit, and no recording is there twice."""
    assert fingerprint(generate_audio(INFO)) == fingerprint(stored)
    rows = [row.tobytes() for columns in stored.values() for row in columns["waveforms"]]
    assert len(set(rows)) == len(rows)


def test_silence(stored: dict[str, Columns]) -> None:
    """Silence is noise alone, every other class is much louder, and nothing is cut off."""
    waveforms, labels = stored["train"]["waveforms"], stored["train"]["labels"]
    largest = np.abs(waveforms.astype(np.int32)).max(axis=1)
    silent = labels == INFO.class_names.index("_silence_")
    assert largest[silent].max() <= LARGEST_NOISE
    assert largest[~silent].min() > 2 * LARGEST_NOISE
    assert largest.max() < 32_767


def test_learnable(stored: dict[str, Columns]) -> None:
    """The class whose loudest bands are most alike is nearly always the right one."""
    info = replace(INFO, input_shape=(98, 40))
    loudest = {
        split: log_mel_rows(columns["waveforms"], LogMelConfig(), info).array().max(axis=1)
        for split, columns in stored.items()
    }
    labels = stored["train"]["labels"]
    classes = [loudest["train"][labels == label].mean(axis=0) for label in range(12)]
    distances = np.linalg.norm(loudest["test"][:, np.newaxis] - np.array(classes), axis=2)
    assert (distances.argmin(axis=1) == stored["test"]["labels"]).mean() > 0.9
