"""Every shipped config passes through every part of a run, without a network and without data."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dltrain

SMOKE_ALL = """
import sys
from pathlib import Path
from dltrain.cli.app import main

def run(*arguments):
    sys.argv = ["dltrain", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code or 0

for config in sys.argv[1:]:
    data = [] if "name: digits" in Path(config).read_text() else ["--synthetic"]
    place = Path("runs", Path(config).stem)
    codes = run("config", "check", config), run("run", config, "--smoke", "--offline", *data)
    codes += (run("eval", str(next(place.iterdir())), "--json"),) if codes[1] == 0 else ()
    print(f"exit codes of {Path(config).stem}:", *codes, flush=True)
"""
CONFIGS = Path(__file__).parents[1] / "configs"


def not_of_the_tutorials() -> list[Path]:
    """The configs of the folder itself; those below ``tutorials`` have tests of their own."""
    return sorted(CONFIGS.glob("*.yaml"))


SHIPPED = not_of_the_tutorials()
EMBEDDED = "digits"  # the set that needs no download, and so no generated stand-in


def dataset_of(config: Path) -> str:
    """The first part of a config's name, which ends in its model, or in that and ``fast``."""
    return config.stem.removesuffix("_fast").rpartition("_")[0]


@pytest.fixture(scope="module")
def smoke(
    tmp_path_factory: pytest.TempPathFactory, decode_cache: Path
) -> Callable[[Path], tuple[Path, str]]:
    """By config: where its smoke run lies and what was said; one process runs those of a dataset."""
    folder = tmp_path_factory.mktemp("smoke")
    said: dict[str, str] = {}

    def get(config: Path) -> tuple[Path, str]:
        dataset = dataset_of(config)
        if dataset not in said:
            environment = {**os.environ, "DLTRAIN_CACHE_DIR": str(decode_cache)}
            environment["PYTHONPATH"] = str(Path(dltrain.__file__).parents[1])
            configs = [str(path) for path in SHIPPED if dataset_of(path) == dataset]
            done = subprocess.run(
                [sys.executable, "-c", SMOKE_ALL, *configs],
                cwd=folder,
                env=environment,
                check=False,
                capture_output=True,
                text=True,
                timeout=280,
            )
            said[dataset] = done.stdout + done.stderr
        return folder / "runs" / config.stem, said[dataset]

    return get


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(
            path, id=path.stem, marks=() if dataset_of(path) == EMBEDDED else pytest.mark.smoke
        )
        for path in SHIPPED
    ],
)
def test_a_shipped_config(config: Path, smoke: Callable[[Path], tuple[Path, str]]) -> None:
    """It is right, trains, validates, is tested and exported, and eval agrees with its log."""
    place, said = smoke(config)
    assert f"{config}: ok\n" in said
    assert f"exit codes of {config.stem}: 0 0 0" in said, said
    (run,) = place.iterdir()
    summary = json.loads((run / "summary.json").read_text())
    assert summary["status"] == "finished"
    assert 1 < summary["steps"] <= 12
    assert 0.0 <= summary["test"]["accuracy"] <= 1.0
    assert (run / "model.keras").is_file()
    assert (run / "vocabulary.txt").is_file() == (dataset_of(config) == "imdb")
    is_generated = "synthetic: true" in (run / "config.yaml").read_text()
    assert is_generated == (dataset_of(config) != EMBEDDED)


def test_the_sixteen() -> None:
    """Four families on four datasets, each by the name its users would guess."""
    names = {path.stem for path in SHIPPED}
    assert names >= {
        f"{dataset}_{model}"
        for dataset in ("mnist", "cifar", "imdb", "speech_commands")
        for model in ("mlp", "cnn", "lstm", "transformer")
    }
