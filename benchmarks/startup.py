"""From process start to the first finished steps, beside `import tensorflow`, alternating.

    python benchmarks/startup.py configs/mnist_mlp_fast.yaml configs/mnist_cnn.yaml

Starts fresh processes in turn: one that only imports TensorFlow, and `dltrain run` of each
config as it stands, until the first call of its compiled steps has come back. Prints the
medians, their ratio, and the medians of each phase. The first round fills the file cache
and the decode cache, and is not counted. Datasets are looked for where `dltrain run` does.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn, Self

from machine import machine

ROUNDS = 9
Times = dict[str, float]
IMPORT = "import tensorflow, time, os; print(time.monotonic(), flush=True); os._exit(0)"
INTERPRETER, COMMAND = "python starts", "config and command line"
NAMES = {
    "loading TensorFlow": "imports",
    "reading": "data",
    "building the model": "model and optimizer",
    "on_start": "trace, compile, first steps",
}
"""What happens after the screen is told so; the first words decide."""


class Stamps:
    """A screen that notes when it is told what, and ends the process after the first steps."""

    def __init__(self) -> None:
        self._phase = COMMAND
        self._times: Times = {INTERPRETER: time.monotonic()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What ends the training ends the process."""

    def on_phase(self, message: str) -> None:
        """The phase before is over."""
        self._times[self._phase] = time.monotonic()
        self._phase = next((name for said, name in NAMES.items() if message.startswith(said)), "")

    def on_start(self, _: object) -> None:
        """Everything is built."""
        self.on_phase("on_start")

    def on_progress(self, _: object) -> NoReturn:
        """The first steps have been made."""
        self._times[self._phase] = time.monotonic()
        print(json.dumps(self._times), flush=True)
        os._exit(0)

    def on_notice(self, message: str) -> None:
        """What a person should know goes to the terminal."""
        print(message, file=sys.stderr)


def child(arguments: list[str]) -> None:
    """Run dltrain with these arguments, and print when each phase was over."""
    stamps = Stamps()
    from dltrain.cli import screen  # noqa: PLC0415 - a part of what is measured
    from dltrain.cli.app import main as dltrain  # noqa: PLC0415

    vars(screen)["make_screen"] = lambda *_: stamps
    sys.argv = ["dltrain", *arguments]
    dltrain()


def phases_of(config: Path, overrides: list[str]) -> Times:
    """Seconds of each phase of one fresh start, in order."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        settings = [part for text in overrides for part in ("--set", text)]
        run = ["run", str(config), "--run-dir", f"{folder}/run", "--offline", *settings]
        started = time.monotonic()
        moments: Times = json.loads(_said([sys.executable, __file__, "--child", *run]))
    previous, phases = started, {}
    for name, moment in moments.items():
        phases[name], previous = moment - previous, moment
    return phases


def import_seconds() -> float:
    """Seconds from the start of a process until TensorFlow is imported."""
    started = time.monotonic()
    return float(_said([sys.executable, "-c", IMPORT])) - started


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    if done.returncode:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


def table(name: str, seconds: list[float], beside: list[float]) -> str:
    """One line: median, least and most, and how often `import tensorflow` fits into it."""
    median = statistics.median(seconds)
    ratio = median / statistics.median(beside)
    return f"{name:<32} {median:6.2f} s ({min(seconds):.2f} to {max(seconds):.2f})  {ratio:5.2f}"


def main() -> None:
    """Measure, and print a table for each config."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("configs", nargs="+", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="write every single time here")
    arguments = parser.parse_args()
    facts = machine()
    imports: list[float] = []
    starts: dict[str, list[Times]] = {config.name: [] for config in arguments.configs}
    for _ in range(arguments.rounds + 1):
        imports.append(import_seconds())
        for config in arguments.configs:
            starts[config.name].append(phases_of(config, arguments.set))
    _tell(imports[1:], {name: phases[1:] for name, phases in starts.items()})
    if arguments.json:
        found: dict[str, Any] = {"machine": facts, "rounds": arguments.rounds}
        found["import tensorflow"] = imports[1:]
        found["starts"] = {name: phases[1:] for name, phases in starts.items()}
        arguments.json.write_text(json.dumps(found) + "\n", encoding="utf-8")


def _tell(imports: list[float], starts: dict[str, list[Times]]) -> None:
    print(table("import tensorflow", imports, imports))
    for name, rounds in starts.items():
        print(table(name, [sum(phases.values()) for phases in rounds], imports))
        for phase in rounds[0]:
            print(table(f"    {phase}", [phases[phase] for phases in rounds], imports))


if __name__ == "__main__":
    main()
