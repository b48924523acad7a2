"""The Dockerfile, as far as it can be tested without a Docker engine: the image is not built."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()


def arguments_of(instruction: str) -> list[str]:
    """What follows each use of an instruction."""
    return [line.split(maxsplit=1)[1] for line in LINES if line.startswith(f"{instruction} ")]


def copied_sources() -> list[str]:
    return [source for copy in arguments_of("COPY") for source in copy.split()[:-1]]


def test_runs_as_an_ordinary_user() -> None:
    """The last user is not root."""
    assert arguments_of("USER")[-1] not in {"root", "0"}


def test_every_copied_path_is_in_the_repository_and_not_ignored() -> None:
    """COPY names what exists, and .dockerignore lets it through."""
    allowed = {
        line.removeprefix("!").strip()
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    for source in copied_sources():
        assert (ROOT / source).exists(), source
        assert source in allowed


def test_installs_as_the_readme_does() -> None:
    """The image and the README use the same install command, extras aside."""
    installs = [run for run in arguments_of("RUN") if run.startswith("pip install")]
    assert installs == ['pip install ".${EXTRAS}"']
    assert "\npip install .\n" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.install
def test_its_commands_work_in_a_fresh_virtual_environment(tmp_path: Path) -> None:
    """Copied files, pip commands and entry point give a working command outside the clone."""
    context, work = tmp_path / "context", tmp_path / "with spaces"
    context.mkdir()
    work.mkdir()
    for source in copied_sources():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, context / source)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    binaries = tmp_path / "venv" / "bin"
    environment = {"PATH": f"{binaries}:/usr/bin:/bin", "EXTRAS": "", "HOME": str(tmp_path)}
    for command in arguments_of("RUN"):
        if command.startswith("pip "):
            subprocess.run(["sh", "-ec", command], cwd=context, env=environment, check=True)
    shutil.rmtree(context)  # what is installed must not need the sources

    def dltrain(*arguments: str) -> str:
        entry = binaries / "dltrain"
        answer = subprocess.run(
            [entry, *arguments], cwd=work, env=environment, check=True, capture_output=True
        )
        return answer.stdout.decode()

    assert "Usage: dltrain" in dltrain("--help")
    assert "digits_cnn" in dltrain("config", "list")
    dltrain("config", "copy", "digits_cnn")
    assert "accuracy" in dltrain("run", "digits_cnn.yaml", "--smoke", "--offline")
    assert "exactly the figures" in dltrain("eval", *map(str, work.glob("runs/digits_cnn/*")))
