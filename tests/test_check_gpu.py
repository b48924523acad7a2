"""The check for people with a GPU says where there is none, and believes no other device."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import check_gpu
from check_gpu import CheckError, figures_of, print_figures

SCRIPT = Path(__file__).parents[1] / "scripts" / "check_gpu"


def test_no_gpu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a GPU it ends with 2 and one sentence, and trains nothing."""
    monkeypatch.setattr(check_gpu, "find_gpus", list)
    assert check_gpu.main([]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "finds no GPU here" in said.err
    assert said.out == ""


@pytest.mark.parametrize("device", ["CPU", "Test 100"])
def test_device(tmp_path: Path, device: str) -> None:
    """Figures count only from a run whose manifest names the kind of device that was meant."""
    (tmp_path / "manifest.json").write_text(json.dumps({"device": device}))
    (tmp_path / "summary.json").write_text(json.dumps({"test": {"loss": 1.5}}))
    is_gpu = device != "CPU"
    assert figures_of(tmp_path, on_gpu=is_gpu) == {"loss": 1.5}
    with pytest.raises(CheckError, match=f"ran on {device}"):
        figures_of(tmp_path, on_gpu=not is_gpu)


def test_other_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """A second training that gives other figures is a failure."""
    first: dict[str, Any] = {"loss": 0.5, "examples": 9}
    print_figures("mnist_mlp", {"GPU": first, "GPU again": {**first}})
    assert "0.5" in capsys.readouterr().out
    with pytest.raises(CheckError, match="other figures"):
        print_figures("mnist_mlp", {"GPU": first, "GPU again": {**first, "loss": 0.25}})


def test_its_parts_are_there() -> None:
    """The script can be started, and every config it trains is shipped."""
    assert os.access(SCRIPT, os.X_OK)
    assert "tests/check_gpu.py" in SCRIPT.read_text()
    for name in check_gpu.CONFIGS:
        assert (check_gpu.FOLDER / f"{name}.yaml").is_file()
