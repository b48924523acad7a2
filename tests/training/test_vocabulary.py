"""``vocabulary.txt`` beside ``model.keras``: a model of texts is of no use without it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

from dltrain.config.load import load_text
from dltrain.dataset_info import DATASET_INFO
from dltrain.runs.run_dir import RunDir
from dltrain.training import export

WORDS = ("[PAD]", "[UNK]", "the", "don't", "déjà", "!")
TEXTS = replace(DATASET_INFO["imdb"], input_shape=(3,), vocab_size=len(WORDS), vocabulary=WORDS)
EXPERIMENT = load_text("data: {name: imdb}\nmodel: {name: lstm}\n", "test.yaml").experiment


@pytest.fixture
def model(tensorflow: None, monkeypatch: pytest.MonkeyPatch) -> keras.Model:  # noqa: ARG001
    """The smallest model of texts, which every call of the builder gives."""
    inputs = keras.Input((3,), dtype="int32", name="inputs")
    vectors = keras.layers.Embedding(len(WORDS), 2, name="embedding")(inputs)
    mean = keras.layers.GlobalAveragePooling1D(name="mean")(vectors)
    model = keras.Model(inputs, keras.layers.Dense(1, name="logits")(mean), name="small")
    monkeypatch.setattr(export, "build_model", lambda *_: model)
    return model


def test_words(model: keras.Model, tmp_path: Path) -> None:
    """Each line is a word, its number from 0 that of the word, in UTF-8."""
    run = RunDir(tmp_path)
    export.export_model(run.model, EXPERIMENT, TEXTS, model)
    lines = run.vocabulary.read_bytes().decode("utf-8").split("\n")
    assert tuple(lines) == (*WORDS, "")
    assert {path.name for path in tmp_path.iterdir()} == {"model.keras", "vocabulary.txt"}


def test_a_model_never_lacks_its_words(
    model: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are in place before the model is."""
    found = []

    def put_in_place(*_: Any) -> None:
        found.extend(path.name for path in tmp_path.iterdir() if path.name[0] != ".")

    monkeypatch.setattr(export, "put_in_place", put_in_place)
    export.export_model(RunDir(tmp_path).model, EXPERIMENT, TEXTS, model)
    assert found == ["vocabulary.txt"]


def test_no_words(model: keras.Model, tmp_path: Path) -> None:
    """Where there is no vocabulary there is no file of it."""
    run = RunDir(tmp_path)
    export.export_model(run.model, EXPERIMENT, replace(TEXTS, vocabulary=()), model)
    assert run.model.exists()
    assert not run.vocabulary.exists()
