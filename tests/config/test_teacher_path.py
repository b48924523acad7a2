"""Where the path of a teacher leads."""

from pathlib import Path

import pytest

from dltrain.config.load import load_config
from dltrain.config.teacher_path import teacher_path

TEXT = "data: {name: digits}\nmodel: {name: mlp}\n"


@pytest.mark.parametrize(
    ("override", "path"),
    [
        ("seed=1", "common/../runs/t"),
        ("train.distillation.weight=0.1", "common/../runs/t"),
        ("train.distillation.teacher=runs/u", "runs/u"),
        ("train.distillation=", None),
    ],
)
def test_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str, path: str | None
) -> None:
    """It begins at the file that names the teacher, and from --set at the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("common").mkdir()
    teacher = "train: {distillation: {teacher: ../runs/t}}\n"
    Path("common/base.yaml").write_text(TEXT + teacher)
    Path("x.yaml").write_text("extends: common/base.yaml\n")
    found = teacher_path(load_config("x.yaml", [override]))
    assert found == (None if path is None else Path(path))
