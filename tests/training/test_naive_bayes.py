"""A model of n-grams begins with naive Bayes, and holds it in its checkpoints and exports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dltrain.dataset_info import DATASET_INFO
from dltrain.training.naive_bayes import log_count_ratios

MODEL = {
    "name": "mlp",
    "hidden_units": [],
    "pooling": "sum",
    "embedding": {"units": 2, "naive_bayes": True},
}
DATA = {
    "name": "imdb",
    "synthetic": True,
    "validation": 50,
    "limit": 100,
    "ngrams": 2,
    "vocab_size": 200,
    "sequence_length": 40,
}
SECTIONS = {"model": MODEL, "data": DATA, "train": {"epochs": 2}}


@pytest.fixture(autouse=True)
def few_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate 210 texts and not 50,000."""
    small = replace(DATASET_INFO["imdb"], num_examples={"train": 150, "test": 60})
    monkeypatch.setitem(DATASET_INFO, "imdb", small)


def test_by_hand() -> None:
    """A text counts once for a word; what is reserved or in no text stays at zero."""
    rows = np.array([[2, 3, 3, 0], [2, 2, 0, 0], [3, 1, 0, 0], [4, 3, 0, 0], [1, 0, 0, 0]])
    is_positive = np.array([True, True, True, False, False])
    # one more than the texts: 3, 3, 1 of the positive, together 7; 1, 2, 2 of the others, together 5
    expected = np.log([3 / 7 * 5 / 1, 3 / 7 * 5 / 2, 1 / 7 * 5 / 2])
    ratios = log_count_ratios(rows, is_positive, 6)
    assert ratios.dtype == np.float32
    np.testing.assert_allclose(ratios, [0, 0, *expected, 0], rtol=1e-6)


def test_no_words() -> None:
    """Texts without any known word have nothing to count."""
    rows = np.array([[1, 0], [1, 0]])
    assert log_count_ratios(rows, np.array([True, False]), 4).tolist() == [0, 0, 0, 0]


def ratios_in(checkpoint: Any) -> np.ndarray:
    """The one array of a number per word that training does not change."""
    (found,) = (
        array
        for key, array in checkpoint.arrays.items()
        if key.startswith("model") and array.shape == (200, 1)
    )
    return found[:, 0]


def test_a_run(train: Callable[..., Any], small: Callable[..., Any], tmp_path: Path) -> None:
    """The ratios are those of the training part; eval and plain Keras give what was logged."""
    from dltrain.checkpoints import folder, store
    from dltrain.checkpoints.find import find_checkpoint
    from dltrain.data.dataset import load_dataset
    from dltrain.evaluation.evaluate_checkpoint import evaluate_checkpoint

    trained = train(tmp_path / "run", small("mlp", **SECTIONS))
    newest = store.load(folder.in_folder(trained.path / "checkpoints")[-1])
    dataset = load_dataset(newest.experiment.data, tmp_path)
    examples = dataset.examples_of("train")
    rows, labels = examples.inputs[dataset.train], examples.labels[dataset.train]
    np.testing.assert_array_equal(ratios_in(newest), log_count_ratios(rows, labels == 1, 200))
    assert newest.info.vocabulary == dataset.info.vocabulary

    found = find_checkpoint(trained.path)
    assert evaluate_checkpoint(found, None, tmp_path, offline=True).matches_logged
    model = keras.models.load_model(trained.path / "model.keras")
    test = dataset.examples_of("test")
    probabilities = np.asarray(model(test.inputs[dataset.test]))[:, 0]
    accuracy = ((probabilities > 0.5) == test.labels[dataset.test]).mean()
    assert accuracy == pytest.approx(trained.summary["test"]["accuracy"])
    assert accuracy > 0.8
    words = (trained.path / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    assert tuple(words) == dataset.info.vocabulary
    assert any(" " in word for word in words)
