"""A tutorial's plain script beside dltrain's config of the same system, taking turns.

    python benchmarks/tutorials/side_by_side.py mnist_cnn
    python benchmarks/tutorials/side_by_side.py all --rounds 5 --json results.json
    python benchmarks/tutorials/side_by_side.py quickest --rounds 1

Each turn is a process of its own, timed from its start to its exit; both read the same
examples, which are prepared before the first turn. Prints medians, their spread from the
least to the most, and how many times dltrain's fits into the script's.

Architecture, optimizer and epochs are the same, but for the quickest, which are shipped
configs that soon get as much from the same examples: there, "seconds to that figure" counts.
Batch size, rate, schedule and averaging may differ, and are printed. So is another difference:
where its config says so, dltrain holds out a part of the training examples for validation,
chooses its checkpoint by that, and uses the test part once; the script trains on all and looks
at the test part after every epoch. So "seconds to that figure", the script's at its end, is for
the script its whole time, and for dltrain the moment when its validation was first as good.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from processes import run_dltrain, run_script, timed
from rows import CONFIGS, HERE, QUICKEST, ROWS, Row
from table import Pair, differences, print_table, results_of

from dltrain.config.load import load_config
from dltrain.data.decode_cache import cache_root
from dltrain.data.location import default_data_dir
from dltrain.errors import DltrainError

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what all benchmarks share

from machine import machine

GROUPS = {"all": tuple(ROWS), "quickest": tuple(QUICKEST)}
TINY_LIMIT = "32"  # examples; the smallest validation part has more


def compare(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Both sides of a row in turns; prints its table and gives every single turn."""
    row = (ROWS | QUICKEST)[name]
    config = arguments.config or CONFIGS / f"{row.config or name}.yaml"
    row = _tiny(row) if arguments.tiny else row
    overrides = [*(_tiny_overrides(row) if arguments.tiny else []), *arguments.set]
    experiment = load_config(config, overrides).experiment
    settings = [word for text in overrides for word in ("--set", text)]
    settings += ["--data-dir", str(arguments.data_dir)]
    script: list[str] = []
    if row.reads_data:
        _prepare([str(config), *settings], arguments.arrays)
        script = ["--data", str(arguments.arrays)]
    pairs: list[Pair] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.rounds):
            plain = run_script(row, script)
            run, batch_size = Path(folder) / str(number), experiment.data.batch_size
            ours = run_dltrain(row, run, [str(config), *settings], batch_size)
            pairs.append((plain, ours))
    print_table(name, row, pairs, differences(experiment))
    return {
        "row": name,
        "config": config.name,
        "set": overrides,
        "differences": differences(experiment),
        **results_of(row, pairs),
    }


def _tiny(row: Row) -> Row:
    limit = ("--limit", TINY_LIMIT) if row.reads_data else ()
    return replace(row, arguments=(*row.arguments, "--epochs", "1", *limit))


def _tiny_overrides(row: Row) -> list[str]:
    limits = [f"data.limit={TINY_LIMIT}", f"data.evaluation_limit={TINY_LIMIT}"]
    return ["train.epochs=1", *(limits if row.reads_data else [])]


def _prepare(settings: list[str], folder: Path) -> None:
    """Write the arrays in a process of its own, so that this one stays small."""
    command = [sys.executable, str(HERE / "prepare.py"), *settings, "--into", str(folder)]
    timed(command)


def parse_arguments() -> argparse.Namespace:
    """What was typed; ends the program when it makes no sense."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row", choices=[*GROUPS, *ROWS, *QUICKEST])
    parser.add_argument("--rounds", type=int, default=3, help="turns of either side")
    parser.add_argument("--config", type=Path, help="instead of configs/tutorials/ROW.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument(
        "--arrays",
        type=Path,
        default=cache_root() / "tutorials",
        metavar="FOLDER",
        help="where the scripts' arrays are written",
    )
    parser.add_argument(
        "--tiny", action="store_true", help="one epoch of few examples: does it all run?"
    )
    parser.add_argument("--json", type=Path, help="write every single turn here")
    arguments = parser.parse_args()
    if arguments.row in GROUPS and arguments.config:
        parser.error(f"--config is for one row, not for {arguments.row}")
    return arguments


def main() -> None:
    """Compare the rows asked for; what is done is written after each."""
    arguments = parse_arguments()
    results: dict[str, Any] = {"machine": machine(), "rows": []}
    facts = results["machine"]
    print(f"{facts['cpu']}, {facts['cores']} cores, load {facts['load']:.2f}")
    for name in GROUPS.get(arguments.row, (arguments.row,)):
        try:
            results["rows"].append(compare(name, arguments))
        except DltrainError as error:
            raise SystemExit(str(error)) from None
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
