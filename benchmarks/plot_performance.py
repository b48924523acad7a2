"""The pictures of docs/performance.md, from what the benchmarks wrote.

    python benchmarks/plot_performance.py

Draws docs/images/accuracy_NAME.png for each record of some epochs in benchmarks/results/flagships, with the
tutorial script's own curve beside it where there is one, and docs/images/peers.png from
benchmarks/results/peers.json: every figure in them is in those files. Needs the extra `plots`.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import (
    Formatter,
    FuncFormatter,
    LogLocator,
    NullFormatter,
    StrMethodFormatter,
)

from dltrain.cli.curve_style import COLOURS

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
SCRIPTS = {"mnist_cnn": "mnist_cnn", "cifar_cnn": "cifar_cnn", "imdb_mlp": "imdb_lstm"}
"""Which tutorial's script stands beside which flagship."""
FEWEST_EPOCHS = 3  # of a curve


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def draw_accuracy(record: dict[str, Any], script: dict[str, Any] | None, target: Path) -> None:
    """What is answered wrongly by each seed over seconds, and by the tutorial's script."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for number, seed in enumerate(record["seeds"]):
        _draw_seed(axes, seed, is_first=number == 0)
    tests = [seed["test"] for seed in record["seeds"]]
    best = "accuracy_tta" if "accuracy_tta" in tests[0] else "accuracy"
    mean = 1.0 - statistics.mean(test[best] for test in tests)
    label = f"dltrain, test: {mean:.2%}"
    axes.axhline(mean, color=COLOURS[0], linewidth=0.8, linestyle=":", label=label)
    if script is not None:
        _draw_script(axes, script["rows"][0]["rounds"][0]["script"])
    axes.set(xscale="log", yscale="log")
    _count_in_decades(axes.xaxis, StrMethodFormatter("{x:g}"), (1, 2, 5))
    percent = FuncFormatter(lambda part, _: f"{100 * part:g} %")
    _count_in_decades(axes.yaxis, percent, (1, 2, 3, 5, 7))
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("wrong answers")
    _finish(axes)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(Path(record["config"]).stem)
    figure.savefig(target, dpi=144)


def _count_in_decades(axis: Axis, formatter: Formatter, numbers: tuple[int, ...]) -> None:
    """What stands at a logarithmic axis: these numbers of each decade."""
    axis.set_major_locator(LogLocator(subs=numbers))
    axis.set_major_formatter(formatter)
    axis.set_minor_formatter(NullFormatter())


def _draw_seed(axes: Axes, seed: dict[str, Any], *, is_first: bool) -> None:
    """One seed's validation, or training where nothing is held out."""
    curve = seed["curve"]
    is_held_out = any(each["validation_accuracy"] is not None for each in curve)
    kind = "validation" if is_held_out else "training"
    key = "validation_accuracy" if is_held_out else "train_accuracy"
    points = [(each["seconds"], 1.0 - each[key]) for each in curve if each[key] is not None]
    label = f"dltrain, {kind}" if is_first else None
    axes.plot(
        *zip(*points, strict=True), color=COLOURS[0], label=label, linewidth=1, marker=".", ms=5
    )


def _draw_script(axes: Axes, script: dict[str, Any]) -> None:
    """The script's test set after each of its epochs, which it gives equal times."""
    count = len(script["history"])
    seconds = [script["training"] * (epoch + 1) / count for epoch in range(count)]
    wrong = [1.0 - accuracy for accuracy in script["history"]]
    axes.plot(seconds, wrong, color=COLOURS[1], label="tutorial's script, test", marker=".", ms=5)


def draw_peers(results: dict[str, Any], target: Path) -> None:
    """How many times dltrain's epoch fits into each peer's, with the least and the most of the rounds."""
    models = results["models"]
    figure = Figure(
        figsize=(7.2, 1.0 + 0.24 * sum(len(m["turns"]) for m in models)), layout="constrained"
    )
    axes = figure.subplots()
    labels: list[str] = []
    for number, model in enumerate(models):
        seconds = {name: [turn["seconds"] for turn in own] for name, own in model["turns"].items()}
        ours = _ours(seconds)
        for name, own in seconds.items():
            ratios = [peer / us for peer, us in zip(own, ours, strict=True)]
            middle = statistics.median(ratios)
            bounds = [[middle - min(ratios)], [max(ratios) - middle]]
            colour = COLOURS[number % len(COLOURS)]
            axes.errorbar(middle, len(labels), xerr=bounds, fmt="o", color=colour, markersize=4)
            labels.append(f"{model['model']}: {name}")
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.invert_yaxis()
    axes.axvline(1.0, color="0.3", linewidth=0.8)
    axes.set_xscale("log")
    _count_in_decades(axes.xaxis, StrMethodFormatter("{x:g}"), (1, 2, 5))
    axes.set_xlabel("seconds of an epoch over those of dltrain's best")
    _finish(axes)
    figure.savefig(target, dpi=144)


def _ours(seconds: dict[str, list[float]]) -> list[float]:
    """The turns of dltrain's fastest side."""
    own = [turns for name, turns in seconds.items() if name.startswith("dltrain")]
    return min(own, key=statistics.median)


def _finish(axes: Axes) -> None:
    axes.grid(color="0.9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Draw what there is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--images", type=Path, default=ROOT / "docs" / "images")
    arguments = parser.parse_args()
    mpl.use("agg")
    for path in sorted((arguments.results / "flagships").glob("*.json")):
        record = read(path)
        if len(record["seeds"][0]["curve"]) < FEWEST_EPOCHS:
            continue  # no curve
        script = arguments.results / "tutorials" / f"{SCRIPTS.get(path.stem, '')}.json"
        beside = read(script) if script.is_file() else None
        target = arguments.images / f"accuracy_{path.stem}.png"
        draw_accuracy(record, beside, target)
        print(target)
    peers = arguments.results / "peers.json"
    if peers.is_file():
        draw_peers(read(peers), arguments.images / "peers.png")
        print(arguments.images / "peers.png")


if __name__ == "__main__":
    main()
