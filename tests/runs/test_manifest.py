"""The manifest says what ran, on what, from which state of the user's repository."""

import json
import subprocess
from pathlib import Path

import pytest

from dltrain import __version__
from dltrain.runs import manifest
from dltrain.runs.manifest import describe, package_versions, portable, usable_cores


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody."""
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config in a repository of its own, committed."""
    path = tmp_path / "configs" / "digits.yaml"
    path.parent.mkdir()
    path.write_text("seed: 0\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return path


def test_clean(config: Path) -> None:
    """In a clean repository it is the commit."""
    commit = git(config.parent, "rev-parse", "HEAD")
    assert describe([], config)["git"] == {"commit": commit, "dirty": False}


def test_dirty(config: Path) -> None:
    """A changed or a new file makes it dirty."""
    config.write_text("seed: 1\n")
    assert describe([], config)["git"]["dirty"] is True
    git(config.parent, "commit", "--quiet", "--all", "--message", "second")
    assert describe([], config)["git"]["dirty"] is False
    config.with_name("new.yaml").write_text("")
    assert describe([], config)["git"]["dirty"] is True


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of a repository, and where there is no git, it is None."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert describe([], tmp_path / "x.yaml")["git"] is None
    monkeypatch.setenv("PATH", "")
    assert describe([], tmp_path / "x.yaml")["git"] is None


def test_no_commit(tmp_path: Path) -> None:
    """A repository without a commit has none to name."""
    git(tmp_path, "init", "--quiet")
    assert describe([], tmp_path / "x.yaml")["git"] is None


def test_relative_config(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config named without a folder lies in the working directory."""
    monkeypatch.chdir(config.parent)
    assert describe([], Path(config.name))["git"]["dirty"] is False


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that decide numbers are there, others are not, and no value holds a path."""
    for name in manifest.os.environ:
        if name.startswith(manifest.RECORDED_VARIABLES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("KERAS_HOME", "/home/somebody/.keras")
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=/home/somebody/dump --xla_cpu_fast=false")
    monkeypatch.setenv("SECRET_TOKEN", "do not record")
    environment = describe([], tmp_path / "x.yaml")["environment"]
    assert environment == {
        "KERAS_HOME": ".keras",
        "OMP_NUM_THREADS": "2",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "XLA_FLAGS": "--xla_dump_to=dump --xla_cpu_fast=false",
    }


def test_plain_json(tmp_path: Path) -> None:
    """The manifest is plain JSON with the facts of this machine."""
    facts = describe(["run"], tmp_path / "x.yaml")
    assert json.loads(json.dumps(facts)) == facts
    assert facts["command"] == ["dltrain", "run"]
    assert facts["created"].endswith("+00:00")
    assert facts["hardware"]["cores"] == usable_cores() >= 1
    assert facts["hardware"]["cpu"]
    assert facts["hardware"]["memory_gib"] > 0


def test_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every package that decides numbers has its version; one that is absent has none."""
    versions = package_versions()
    assert versions["dltrain"] == __version__
    assert set(versions) == {"dltrain", *manifest.PACKAGES}
    assert all(versions.values())
    monkeypatch.setattr(manifest, "PACKAGES", ("no-such-package",))
    assert package_versions() == {"dltrain": __version__, "no-such-package": None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("configs/x.yaml", "configs/x.yaml"),
        ("/home/me/x.yaml", "x.yaml"),
        ("--data-dir=/home/me/sets/", "--data-dir=sets/"),
        ("/a/b:/c/d", "b:d"),
        ("data.validation=1/3", "data.validation=1/3"),
        ("test.accuracy>=0.9", "test.accuracy>=0.9"),
        ("https://example.org/x", "https://example.org/x"),
        ("/", "/"),
    ],
)
def test_portable(text: str, expected: str) -> None:
    """Absolute paths are cut to their names, wherever they stand; all else stays."""
    assert portable(text) == expected


def test_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of other programs that begin alike, and what is named a secret, stay out."""
    for name in ("TF_VAR_db_password", "TF_TOKEN_host", "TF_CLI_CONFIG_FILE", "KERAS_API_KEY"):
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    environment = describe([], tmp_path / "x.yaml")["environment"]
    assert environment["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert "hunter2" not in environment.values()
