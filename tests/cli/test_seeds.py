"""``--seeds N``: a table, means, and a Ctrl-C that every child hears."""

import json
import re
import signal
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def seeds(
    tmp_path_factory: pytest.TempPathFactory,
    small_config: str,
    command: Callable[..., Any],
    decode_cache: Path,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Two seeds of a small config, in their default places; and what was said."""
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "c.yaml").write_text(small_config)
    cache = str(decode_cache)
    done = command("run", "c.yaml", "--seed", 4, "--seeds=2", cwd=folder, DLTRAIN_CACHE_DIR=cache)
    return folder, done


def test_table_and_means(seeds: Any) -> None:
    """Each seed has a row and a run of its own; mean and spread are those of their test figures."""
    folder, done = seeds
    assert done.returncode == 0, done.stderr
    runs = sorted((folder / "runs" / "c").iterdir())
    assert len(runs) == 2
    by_seed = {
        json.loads((run / "manifest.json").read_text())["experiment"]["seed"]: json.loads(
            (run / "summary.json").read_text()
        )
        for run in runs
    }
    assert sorted(by_seed) == [4, 5]
    accuracies = [100 * by_seed[seed]["test"]["accuracy"] for seed in (4, 5)]
    rows = re.findall(r"^ +([45])  +(\d+\.\d+) %", done.stdout, re.MULTILINE)
    assert rows == [(str(s), f"{a:.2f}") for s, a in zip((4, 5), accuracies, strict=True)]
    mean, spread = statistics.fmean(accuracies), statistics.stdev(accuracies)
    assert f"{mean:.2f} ± {spread:.2f} %" in done.stdout
    assert "epoch 1/2" not in done.stdout
    assert "epoch 1/2" in done.stderr


def test_again_with_an_expectation(seeds: Any, command: Callable[..., Any]) -> None:
    """Finished seeds are not trained again, and --expect looks at the mean over the seeds."""
    folder, first = seeds
    arguments = ("run", "c.yaml", "--seed", "4", "--seeds", "2", "--expect")
    losses = [
        json.loads(path.read_text())["test"]["loss"]
        for path in folder.glob("runs/c/*/summary.json")
    ]
    between = (min(losses) + statistics.fmean(losses)) / 2
    met = command(*arguments, f"test.loss>{between}", cwd=folder)
    assert met.returncode == 0, met.stderr
    assert met.stdout == first.stdout
    assert met.stderr.count("this run is finished") == 2
    unmet = command(*arguments, f"test.loss<{between}", cwd=folder)
    assert unmet.returncode == 1
    assert f"{statistics.fmean(losses):.6g}" in unmet.stderr


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal(tmp_path: Path, small_config: str, start: Any, number: signal.Signals) -> None:
    """The seed under way saves and stops, the others do not begin, the exit code tells which signal."""
    (tmp_path / "c.yaml").write_text(small_config.replace("epochs: 2", "epochs: 100000"))
    arguments = ("run", "c.yaml", "--seeds", "2", "--run-dir", "run")
    with start(*arguments, cwd=tmp_path) as process:
        said = ""
        for line in process.stderr:
            said += line
            if "epoch " in line:
                process.send_signal(number)
                break
        said += process.stderr.read()
        assert process.wait(60) == 128 + number, said
    assert (tmp_path / "run" / "seed-0" / "checkpoints").is_dir()
    assert not (tmp_path / "run" / "seed-0" / "summary.json").exists()
    assert not (tmp_path / "run" / "seed-1").exists()
    assert "goes on from there" in said
