"""Every config of the tutorials passes through every part of a run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dltrain
from dltrain.config.load import load_config

FOLDER = Path(__file__).parents[1] / "configs" / "tutorials"
CONFIGS = sorted(FOLDER.rglob("*.yaml"))
DOWNLOADED = {"mnist", "cifar10", "imdb", "speech_commands"}

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

folder, *configs = sys.argv[1:]
for config in configs:
    name, _, generated = config.partition(":")
    place = str(Path("runs", name))
    options = ["--synthetic"] if generated else []
    code = run("run", f"{folder}/{name}.yaml", "--smoke", "--offline", "--run-dir", place, *options)
    codes = code, run("eval", place, "--json") if code == 0 else None
    print(f"exit codes of {name}:", *codes, flush=True)
"""


def name_of(config: Path) -> str:
    """Its path below the folder of the tutorials, without the ending."""
    return config.relative_to(FOLDER).with_suffix("").as_posix()


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory, decode_cache: Path) -> tuple[Path, str]:
    """Where the tiny runs of all tutorials lie, and what was said; one process runs them all."""
    folder = tmp_path_factory.mktemp("tutorials")
    arguments = [
        name_of(config)
        + (":generated" if load_config(config).experiment.data.name in DOWNLOADED else "")
        for config in CONFIGS
    ]
    environment = {**os.environ, "DLTRAIN_CACHE_DIR": str(decode_cache)}
    environment["PYTHONPATH"] = str(Path(dltrain.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", SMOKE_ALL, str(FOLDER), *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )
    return folder, done.stdout + done.stderr


@pytest.mark.smoke
@pytest.mark.timeout(900)
@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_tutorial_trains(config: Path, smoke: tuple[Path, str]) -> None:
    """A few steps of it train, are summed up and judged again to the same figures."""
    folder, said = smoke
    name = name_of(config)
    assert f"exit codes of {name}: 0 0" in said, said[-4000:]
    summary = json.loads((folder / "runs" / name / "summary.json").read_text())
    assert summary["status"] == "finished"


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_tutorial_opens_with_its_command(config: Path) -> None:
    """A reader finds a sentence and the command that runs the file, or its whole folder, at its top."""
    lines = config.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    command = f"#     dltrain run configs/tutorials/{name_of(config)}.yaml"
    assert command in lines or (
        config.stem == "model" and "#     scripts/compare_optimizers" in lines
    )


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_tutorial_has_no_gap(config: Path) -> None:
    """Nothing in it waits to be filled in."""
    assert "RESULT" not in config.read_text(encoding="utf-8")
