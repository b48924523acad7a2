"""`dltrain --help` beside the `--help` of a typer app with one command, alternating.

    python benchmarks/help_time.py

Prints the medians of whole processes, from start to exit, and their ratio.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
ONE_COMMAND = '''import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    """Greet somebody."""
    print(name)


app()
'''


def seconds_of(command: list[str]) -> float:
    """Wall-clock seconds of one process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed commands
    return time.perf_counter() - started


def main() -> None:
    """Measure both and print a line each."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one_command.py"
        script.write_text(ONE_COMMAND, encoding="utf-8")
        commands = {
            "typer app": [sys.executable, str(script), "--help"],
            "dltrain": [sys.executable, "-m", "dltrain", "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            seconds_of(command)  # fills the file cache; not counted
        for _ in range(ROUNDS):
            for name, command in commands.items():
                times[name].append(seconds_of(command))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<10} {1000 * median:6.0f} ms")
    print(f"ratio      {medians['dltrain'] / medians['typer app']:6.2f}")


if __name__ == "__main__":
    main()
