"""Which teachers an experiment may have."""

from pathlib import Path

import pytest

from dltrain.checkpoints.teacher import read_teacher, refuse_other_examples
from dltrain.config.load import load_text
from dltrain.config.schema import ExperimentConfig
from dltrain.errors import CheckpointError, UserError


def experiment(*changes: str) -> ExperimentConfig:
    """A student or a teacher of spoken words."""
    text = "data: {name: speech_commands}\nmodel: {name: mlp}"
    return load_text(text, "x.yaml", changes).experiment


@pytest.mark.parametrize(
    "changes",
    [
        ["data.batch_size=7", "data.limit=100", "data.evaluation_limit=9"],
        ["data.augmentation={time_shift: 3}", "data.drop_remainder=true", "data.resident=false"],
        ["model.name=cnn", "seed=5", "train.precision=bfloat16"],
    ],
    ids=str,
)
def test_alike(changes: list[str]) -> None:
    """How it was trained, and on how many of the training examples, is the teacher's own affair."""
    refuse_other_examples(Path("t"), experiment(*changes), experiment())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("data.features.hop_ms=20", "data.features: {name: log_mel, mels: 40, window_ms: 30.0"),
        ("data.validation=0.2", "data.validation: 0.2 there, official here"),
        ("data.split_seed=1", "data.split_seed: 1 there, 0 here"),
        ("data={name: digits}", "data.name: digits there, speech_commands here"),
    ],
)
def test_other_examples(change: str, said: str) -> None:
    """Inputs prepared otherwise mean nothing to it, and what it has seen must judge nobody."""
    with pytest.raises(UserError) as raised:
        refuse_other_examples(Path("runs/t"), experiment(change), experiment())
    first, *lines, _ = str(raised.value).splitlines()
    assert first == "train.distillation.teacher: runs/t was trained on other examples:"
    assert (f"  {said}" in lines) or (said in lines[0])


def test_none(tmp_path: Path) -> None:
    """Without a path there is no teacher; with one there has to be a checkpoint."""
    assert read_teacher(None, experiment()) is None
    with pytest.raises(CheckpointError, match=r"train\.distillation\.teacher: .* does not exist"):
        read_teacher(tmp_path / "nobody", experiment())
