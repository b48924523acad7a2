"""``dltrain run`` as a person or a CI job meets it: what it says, where, and its exit code."""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from dltrain.cli.run import compose, default_run_dir

CONTROL = re.compile(r"[^\n -~\u00a0-\uffff]")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def test_output_through_pipes(finished: Path, finished_process: Any) -> None:
    """Progress goes to stderr, the summary alone to stdout, and neither holds a control character."""
    out, err = finished_process.stdout, finished_process.stderr
    assert out.startswith("finished 2 epochs, 8 steps in")
    assert "epoch 1/2" in err
    assert "epoch 1/2" not in out
    assert not CONTROL.search(out + err)
    summary = json.loads((finished / "summary.json").read_text())
    for figures in (summary["test"], summary["validation"]):
        assert f"accuracy {100 * figures['accuracy']:.2f} %" in out
    assert summary["tested"] in out
    assert f"dltrain eval '{finished}'" in out.splitlines()[-1]


def test_a_finished_run_says_so(finished: Path, finished_process: Any, command: Any) -> None:
    """The same command again trains nothing and prints the same summary."""
    before = (finished / "metrics.jsonl").read_bytes(), (finished / "summary.json").read_bytes()
    arguments = ("run", "my config.yaml", "--run-dir", "my run")
    done = command(*arguments, cwd=finished.parent)
    assert done.returncode == 0
    assert "this run is finished" in done.stderr
    assert "loading TensorFlow" not in done.stderr
    assert done.stdout.splitlines()[:4] == finished_process.stdout.splitlines()[:4]
    after = (finished / "metrics.jsonl").read_bytes(), (finished / "summary.json").read_bytes()
    assert after == before


def test_no_absolute_path(finished: Path) -> None:
    """Nothing in the run directory knows where it lies, though the command was full of it."""
    for file in finished.rglob("*"):
        if file.is_file() and file.name != "tensorflow.log":
            assert str(finished.parent).encode() not in file.read_bytes(), file.name


def test_another_config_in_the_run_directory(finished: Path, command: Any) -> None:
    """It is refused with the key and both values."""
    arguments = ("run", "my config.yaml", "--run-dir", "my run", "--set", "train.epochs=7")
    done = command(*arguments, cwd=finished.parent)
    assert done.returncode == 2
    assert re.search(r"train\.epochs: 2 there, 7 now", done.stderr)
    assert "--fresh" in done.stderr


def test_a_run_directory_in_use(tmp_path: Path, small_config: str, command: Any) -> None:
    """Two processes never share one: the second is told, with exit code 2."""
    (tmp_path / "c.yaml").write_text(small_config)
    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run" / ".lock"):
        done = command("run", "c.yaml", "--run-dir", "run", cwd=tmp_path)
    assert done.returncode == 2
    assert "in use" in done.stderr


@pytest.mark.parametrize("run_dir", ["c.yaml", "c.yaml/below", "/proc/nowhere", "others"])
def test_an_unusable_run_directory(
    tmp_path: Path, small_config: str, command: Any, run_dir: str
) -> None:
    """A file, a place that cannot be written, or a directory full of other things: exit code 2."""
    (tmp_path / "c.yaml").write_text(small_config)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "thesis.tex").write_text("years of work")
    done = command("run", "c.yaml", "--run-dir", run_dir, cwd=tmp_path)
    assert done.returncode == 2
    assert run_dir in done.stderr
    assert "Traceback" not in done.stderr
    assert "loading TensorFlow" not in done.stderr


def test_an_edited_config_starts_beside_the_old_run(tmp_path: Path, small_config: str) -> None:
    """The default directory is a function of what the config says, not of how or where it is written."""
    config = tmp_path / "c.yaml"
    config.write_text(small_config)

    def place_of(overrides: list[str] | None = None, **options: Any) -> Path:
        options = {"seed": None, "smoke": False, "synthetic": False} | options
        return default_run_dir(config, compose(config, overrides, **options))

    plain = place_of()
    assert re.fullmatch(r"runs/c/[0-9a-f]{8}", str(plain))
    others = [
        place_of(["optimizer.learning_rate=0.5"]),
        place_of(seed=1),
        place_of(smoke=True),
        place_of(synthetic=True),
    ]
    assert len({plain, *others}) == 5
    config.write_text("# a remark\n" + small_config.replace("1e-2", "0.01"))
    assert place_of(["seed=0"]) == plain


def test_a_missing_config_names_its_neighbours(
    tmp_path: Path, small_config: str, command: Any
) -> None:
    """The message holds the name that was meant."""
    (tmp_path / "digits_cnn.yaml").write_text(small_config)
    done = command("run", "digit_cnn.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "digits_cnn.yaml" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_wrong_config_never_starts(tmp_path: Path, small_config: str, command: Any) -> None:
    """Every mistake of file and options is told at once, before TensorFlow and any run directory."""
    (tmp_path / "c.yaml").write_text(small_config.replace("filters", "filtrs"))
    done = command("run", "c.yaml", "--set", "train.epochs=-1", cwd=tmp_path)
    assert done.returncode == 2
    assert "filters" in done.stderr
    assert "train.epochs" in done.stderr
    assert "loading TensorFlow" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_version(tmp_path: Path, command: Any) -> None:
    """``python -m dltrain --version`` prints the version and nothing else."""
    from dltrain import __version__

    done = command("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"dltrain {__version__}\n", "")


@pytest.mark.parametrize("is_offline", [True, False], ids=["--offline", "dead network"])
def test_missing_data(tmp_path: Path, small_config: str, command: Any, is_offline: bool) -> None:
    """One message says which file to put where, without a hang and without a traceback."""
    (tmp_path / "c.yaml").write_text(small_config.replace("digits", "mnist"))
    dead = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    done = command(
        *("run", "c.yaml", "--data-dir", "data", "--run-dir", "run"),
        *(["--offline"] if is_offline else []),
        cwd=tmp_path,
        **({} if is_offline else dead),
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    message = done.stderr[done.stderr.index("dltrain: ") :]
    assert message.count("dltrain: ") == 1
    assert "train-images-idx3-ubyte.gz" in message
    assert "sha256" in message
    assert str(Path("data/downloads/manual")) in message
    assert "--synthetic" in message


def test_diverged_then_fresh(tmp_path: Path, small_config: str, command: Any) -> None:
    """A run that diverged exits with 1, says so again without training, and --fresh sets it aside."""
    (tmp_path / "c.yaml").write_text(
        small_config.replace("learning_rate: 1e-2", "name: sgd\n  learning_rate: 1e30")
    )
    arguments = ("run", "c.yaml", "--run-dir", "run", "--set", "model.norm=none")
    first = command(*arguments, cwd=tmp_path)
    assert first.returncode == 1
    assert "diverged at step" in first.stderr
    assert "Traceback" not in first.stderr
    again = command(*arguments, cwd=tmp_path)
    assert again.returncode == 1
    assert "diverged at step" in again.stderr
    assert "loading TensorFlow" not in again.stderr
    fresh = command(*arguments, "--fresh", cwd=tmp_path)
    assert fresh.returncode == 1
    assert "run.old-1" in fresh.stderr
    for name in ("run", "run.old-1"):
        summary = json.loads((tmp_path / name / "summary.json").read_text())
        assert summary["status"] == "diverged"


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Read the process's error stream until a line holds the text."""
    said = ""
    assert process.stderr is not None
    for line in process.stderr:
        said += line
        if text in line:
            return said
    pytest.fail(f"never said {text!r}, but: {said}")


def test_the_second_signal_leaves_at_once(tmp_path: Path, small_config: str, start: Any) -> None:
    """Whoever asks twice does not wait, not even for TensorFlow to load."""
    (tmp_path / "c.yaml").write_text(small_config)
    with start("run", "c.yaml", "--run-dir", "run", cwd=tmp_path) as process:
        wait_for(process, "loading TensorFlow")
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping after a checkpoint")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert not (tmp_path / "run" / "checkpoints").exists()


def run_on_a_terminal(arguments: list[str], cwd: Path, columns: int) -> tuple[int, str]:
    """Run dltrain on a terminal of that many columns; gives exit code and all that was drawn."""
    terminal, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    import dltrain

    environment = {**os.environ, "PYTHONPATH": str(Path(dltrain.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "dltrain", *arguments],
        cwd=cwd,
        env=environment | {"TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    with process, os.fdopen(terminal, "rb", buffering=0) as screen:
        try:
            while part := screen.read(65536):
                drawn += part
        except OSError:  # the last one to hold the terminal has left
            pass
    return process.returncode, drawn.decode()


def test_synthetic_on_a_narrow_terminal(tmp_path: Path, small_config: str) -> None:
    """On 60 columns the live screen keeps every figure, and generated data is called that."""
    (tmp_path / "c.yaml").write_text(small_config)
    arguments = ["run", "c.yaml", "--synthetic", "--run-dir", "run"]
    exit_code, drawn = run_on_a_terminal(arguments, tmp_path, 60)
    assert exit_code == 0
    text = " ".join(ESCAPE.sub(" ", drawn).split())
    assert "generated, not the real digits" in text
    for text_line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines():
        line = json.loads(text_line)
        for split in ("train", "validation"):
            assert f"{line[split]['loss']:#.4g}" in text
            assert f"{100 * line[split]['accuracy']:.2f} %" in text
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert f"accuracy {100 * summary['test']['accuracy']:.2f} %" in text
    assert "next dltrain eval run" in text
