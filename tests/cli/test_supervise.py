"""Workers watched to their end: who is told to have died, who is killed, what is left behind."""

import io
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dltrain.cli.supervise import Patience, how_it_ended, supervise
from dltrain.cli.worker_output import WorkerOutput
from dltrain.cli.workers import Workers
from dltrain.runs.run_dir import RunDir

PRELUDE = """
import json, os, signal, sys, time
config = json.loads(os.environ["TF_CONFIG"])
me, ports = config["task"]["index"], config["cluster"]["worker"]
def wait_for(*names):
    while not all(map(os.path.exists, names)):
        time.sleep(0.01)
"""
FOREVER = "time.sleep(60)"
READY = "open(f'ready{me}', 'w').close()"
HEAR_SIGTERM = "signal.signal(15, lambda *_: (open('stopped', 'w'), sys.exit(143)))"
BOTH_READY = "wait_for('ready0', 'ready1')"
LAUNCHER = "os.getppid()"

Lives = Callable[..., tuple[int, str]]


def team_of(*codes: str) -> Workers:
    """Workers that run a code each; an interpreter without `site` starts in some milliseconds."""
    code = f"{PRELUDE}exec({codes!r}[me])"
    return Workers(command=[sys.executable, "-SIc", code], gpus=[[] for _ in codes])


@pytest.fixture
def lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lives:
    """``lives("code", "code", restarts=0)`` gives exit code and error lines of such a launch."""
    monkeypatch.chdir(tmp_path)

    def supervised(*codes: str, restarts: int = 0) -> tuple[int, str]:
        stream = io.StringIO()
        patience = Patience(after_death=0.3, after_stop=0.6)
        run, output = RunDir(Path("run")), WorkerOutput(stream)
        exit_code = supervise(team_of(*codes), run, output, restarts=restarts, patience=patience)
        return exit_code, stream.getvalue()

    return supervised


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that has to come about within seconds."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_gone(process_id: int) -> bool:
    """Whether a process has ended; one that nobody has waited for has."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def test_all_end_well(lives: Lives, capfd: pytest.CaptureFixture[str]) -> None:
    """The exit code is 0; worker 0 alone has stdout, everything else is lines with a name."""
    said = "print('out', flush=True); os.write(2, b'\\tgood \\x1b[2J\\r\\nhalf \\xff line')"
    exit_code, err = lives(said, said)
    assert exit_code == 0
    assert capfd.readouterr().out == "out\n"
    assert sorted(err.splitlines()) == [
        "[worker 0]         good \\x1b[2J",
        "[worker 0] half \\xff line",
        "[worker 1]         good \\x1b[2J",
        "[worker 1] half \\xff line",
        "[worker 1] out",
    ]


def test_a_killed_worker(lives: Lives) -> None:
    """The first death is the cause; who does not end by itself is killed, with its children."""
    child = (
        "import subprocess; p = subprocess.Popen(['sleep', '60'])\n"
        "with open('child', 'w') as file: file.write(str(p.pid))"
    )
    stays = f"{child}\n{READY}; {FOREVER}"
    dies = f"{READY}; {BOTH_READY}; os.kill(os.getpid(), 9)"
    follows = f"{BOTH_READY}; time.sleep(0.1); sys.exit(1)"
    assert lives(stays, dies, follows) == (
        1,
        "worker 1 was killed by SIGKILL\nworker 0 did not end by itself and is killed\n",
    )
    until(lambda: is_gone(int(Path("child").read_text())))


def test_a_mistake_of_the_user(lives: Lives, tmp_path: Path) -> None:
    """An exit code of 2 is kept and never tried again; the log of the dead worker is named."""
    log = tmp_path / "run" / "workers" / "worker-1.log"
    log.parent.mkdir(parents=True)
    log.touch()
    exit_code, err = lives(FOREVER, "sys.exit(2)", restarts=3)
    assert exit_code == 2
    assert "worker 1 ended with exit code 2; see run/workers/worker-1.log\n" in err
    assert "restart" not in err


def test_restarts(lives: Lives, tmp_path: Path) -> None:
    """All start again after a death, at other ports, as often as was said and no more."""
    (tmp_path / "run" / "checkpoints" / "one").mkdir(parents=True)
    dies = "open('ports', 'a').write(f'{ports}\\n'); os.kill(os.getpid(), 11)"
    exit_code, err = lives(dies, "", restarts=2)
    assert exit_code == 1
    assert err.count("worker 0 was killed by SIGSEGV") == 3
    assert "restart 1 of 2: from the last checkpoint" in err
    assert "restart 2 of 2" in err
    assert len(set((tmp_path / "ports").read_text().splitlines())) == 3


def test_a_restart_that_helps(lives: Lives) -> None:
    """A second life that ends well ends all well."""
    once = "os.path.exists('once') or (open('once', 'w'), sys.exit(1))"
    exit_code, err = lives(once, "", restarts=5)
    assert exit_code == 0
    assert "restart 1 of 5: there is no checkpoint yet" in err
    assert "restart 2" not in err


def test_a_run_that_is_over(lives: Lives, tmp_path: Path) -> None:
    """One that has left its summary, such as a diverged one, is not started again."""
    (tmp_path / "run").mkdir()
    exit_code, err = lives("open('run/summary.json', 'w'); sys.exit(1)", "", restarts=1)
    assert exit_code == 1
    assert "restart" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_launcher(lives: Lives, number: int) -> None:
    """Every worker hears SIGTERM; they stop in good order, and nothing is started again."""
    ready = f"{HEAR_SIGTERM}; {READY}; {BOTH_READY}"
    sends = f"{ready}; os.kill({LAUNCHER}, {number:d}); {FOREVER}"
    assert lives(sends, f"{ready}; {FOREVER}", restarts=1) == (143, "")


def test_a_second_signal(lives: Lives) -> None:
    """It is passed on too: workers that are still saving leave at once."""
    twice = (
        "def hear(*_):\n"
        "    os.path.exists(f'first{me}') and os._exit(130)\n"
        "    open(f'first{me}', 'w').close()\n"
        f"signal.signal(2, hear); {READY}; {BOTH_READY}\n"
    )
    sends = f"{twice}os.kill({LAUNCHER}, 2); wait_for('first0', 'first1'); os.kill({LAUNCHER}, 2)\n"
    assert lives(f"{sends}{FOREVER}", f"{twice}time.sleep(60); time.sleep(60)") == (130, "")


def test_a_signal_to_one_worker(lives: Lives) -> None:
    """All stop by themselves; the chief is given longer to save than after a death."""
    saves = f"{READY}; wait_for('stopped'); time.sleep(0.45); sys.exit(143)"
    stops = f"{HEAR_SIGTERM}; {READY}; {BOTH_READY}; os.kill(os.getpid(), 15)"
    assert lives(saves, stops, restarts=1) == (143, "")


def test_a_chief_that_never_stops(lives: Lives) -> None:
    """It is killed when its time is over, which is no orderly end: there may be no checkpoint."""
    exit_code, err = lives(FOREVER, "sys.exit(143)")
    assert exit_code == 1
    assert err == "worker 0 did not end by itself and is killed\n"


def test_a_killed_launcher(tmp_path: Path, child_environment: dict[str, str]) -> None:
    """The standard input of its workers ends, and they with it."""
    code = "with open(f'ready{me}', 'w') as file: file.write(str(os.getpid()))\nsys.stdin.read()"
    launcher = (
        "import sys; from pathlib import Path; from dltrain.cli.workers import Workers, started\n"
        "from dltrain.cli.worker_output import WorkerOutput\n"
        f"with started({team_of(code, code)!r}, WorkerOutput(sys.stderr)): input()"
    )
    arguments = [sys.executable, "-c", launcher]
    files = [tmp_path / f"ready{index}" for index in range(2)]
    with subprocess.Popen(
        arguments, cwd=tmp_path, env=child_environment, stdin=subprocess.PIPE
    ) as process:
        until(lambda: all(file.is_file() and file.read_text() for file in files))
        workers = [int(file.read_text()) for file in files]
        assert not any(map(is_gone, workers))
        process.kill()
    until(lambda: all(map(is_gone, workers)))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "ended with exit code 1"),
        (-11, "was killed by SIGSEGV"),
        (-40, "was killed by signal 40"),
    ],
)
def test_how_it_ended(code: int, words: str) -> None:
    """An exit code is told as a person would say it."""
    assert how_it_ended(code) == words
