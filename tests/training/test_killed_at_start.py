"""A run killed while it writes down what it is goes on as if nothing had happened."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dltrain.runs import run_dir
from dltrain.runs.run_dir import RunDir, occupy, refuse_another_config
from dltrain.training import prepare


class Killed(BaseException):
    """The process ends here."""


def killed(*_: Any) -> None:
    """End the process."""
    raise Killed


@pytest.mark.parametrize(
    ("module", "name"), [(run_dir, "replace_json"), (prepare, "replace_bytes")]
)
def test_before_the_first_step(
    train: Callable[..., Any],
    small: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
) -> None:
    """Neither the manifest without the config nor nothing at all stands in the way of a restart."""
    settings, path = small("mlp", train={"epochs": 1}), tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(module, name, killed)
        with pytest.raises(Killed):
            train(path, settings)
    resumed = train(path, settings)
    assert resumed.summary["status"] == "finished"
    whole = train(tmp_path / "whole", settings)
    assert resumed.lines() == whole.lines()
    assert (path / "config.yaml").read_text() == (tmp_path / "whole" / "config.yaml").read_text()


def test_manifest_comes_first(
    train: Callable[..., Any],
    small: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a kill leaves is nothing or a run, so that the next start may use the directory."""
    path = tmp_path / "run"
    monkeypatch.setattr(run_dir, "replace_json", killed)
    with pytest.raises(Killed):
        train(path, small("mlp"))
    with occupy(path) as again:
        refuse_another_config(again, None)  # type: ignore[arg-type] - no config is looked at
    assert not RunDir(path).config.exists()
