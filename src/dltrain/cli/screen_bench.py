"""What `dltrain bench` has found, in lines of at most 60 columns."""

import shlex
from typing import TextIO

from dltrain.cli.screen_rows import Row, print_rows
from dltrain.cli.screen_text import count, duration, speed
from dltrain.measuring.alternatives import CORES, first_cores
from dltrain.measuring.report import NO_TIME, TOO_LATE, Report, Trial

LABEL_COLUMNS = len("utilisation  ")
PART_COLUMNS = len("  backward  ")
STYLES = {"faster": "bold green", "slower": "dim"}


def print_bench(report: Report, command: list[str], stream: TextIO) -> None:
    """Print the figures, the alternatives, and what to write into the config.

    Args:
        report: what was measured.
        command: the words that train what was measured.
        stream: standard output; coloured only when it is a terminal.
    """
    facts = report.facts
    name = facts.experiment.data.name + (", generated" if facts.is_generated else "")
    rows = [
        _row("config", report.config),
        _row("devices", facts.devices),
        _row("data", f"{name}, {count(facts.examples, 'example')}"),
        *(_row("note", notice) for notice in facts.notices),
        *(_figures(report) if report.rounds else []),
        *_memory(report),
        *_trials(report),
        *(_advice(report.faster, command) if report.trials else []),
    ]
    if report.is_interrupted:
        rows += [Row(), Row(text="stopped by Ctrl-C: this is what was measured until then")]
    print_rows(rows, stream)


def _figures(report: Report) -> list[Row]:
    facts = report.facts
    spread = " to ".join(map(milliseconds, report.step_interval))
    calls = f"{facts.steps_per_call} in a call" if facts.steps_per_call > 1 else "one in a call"
    return [
        _row("speed", speed(report.examples_per_second), "bold"),
        _row("batch", count(facts.batch_size, "example")),
        _row("step", f"{milliseconds(report.step)} ({spread}), {calls}"),
        *(_part(name, seconds, report.step) for name, seconds in report.parts.items()),
        _row("arithmetic", f"{giga(facts.flops_per_step)}FLOP a step"),
        _row("", f"{giga(report.flops_per_second)}FLOP/s"),
        _row(
            "utilisation",
            f"{report.flops_per_second / report.product:.0%} of a large matrix product's",
        ),
        _row("", f"{giga(report.product)}FLOP/s"),
    ]


def _part(name: str, seconds: float, whole: float) -> Row:
    text = f"{milliseconds(seconds):>10} {seconds / whole:>5.0%}"
    return Row(label=name, text=text, indent=2, width=PART_COLUMNS, is_copied=True)


def _memory(report: Report) -> list[Row]:
    if report.memory is None:
        return []
    on_gpu = report.memory.gpu
    gpu = [] if on_gpu is None else [_row("GPU memory", f"{on_gpu / 2**20:,.0f} MiB at most")]
    return [_row("memory", f"{report.memory.process / 2**20:,.0f} MiB at most"), *gpu]


def _trials(report: Report) -> list[Row]:
    rows = [Row(text=_line(trial), style=STYLES.get(trial.verdict, "")) for trial in report.trials]
    if rows:
        heading = "tried alone, each in turns with the config as it is"
        rows = [Row(), Row(text=heading, style="dim"), *rows]
    left = [
        Row(label="left out", width=LABEL_COLUMNS, text=f"{each.text} ({reason})")
        for each, reason in report.left_out
    ]
    is_short = any(reason in {NO_TIME, TOO_LATE} for _, reason in report.left_out)
    more = [_row("", "--seconds gives it more time")] if is_short else []
    return [*rows, *([Row()] if left else []), *left, *more]


def _line(trial: Trial) -> str:
    spread = " to ".join(f"{end:.2f}" for end in trial.interval)
    name = trial.alternative.text
    return f"{name:<26}{trial.ratio:>6.2f}x  {spread:<14}  {trial.verdict}"


def _advice(faster: list[Trial], command: list[str]) -> list[Row]:
    if not faster:
        return [Row(), Row(text="nothing tried is clearly faster than the config as it is")]
    rows = [Row(), Row(text="clearly faster here", style="dim"), Row()]
    rows += [Row(text=line, style="bold", is_copied=True) for line in yaml_lines(faster)]
    for trial in faster:
        if trial.alternative.key == CORES:
            cores = ",".join(map(str, first_cores(trial.alternative.value)))
            line = shlex.join(["taskset", "-c", cores, *command])
            rows.append(Row(text=line, style="bold", is_copied=True))
    return [*rows, Row(), *(Row(text=line, style="dim") for line in _warnings(faster))]


def yaml_lines(faster: list[Trial]) -> list[str]:
    """What to paste into the YAML, each with its gain and what it does to the curve."""
    lines: list[str] = []
    for section in ("data", "train"):
        found = [each for each in faster if each.alternative.key.startswith(f"{section}.")]
        lines += [f"{section}:"] if found else []
        for trial in found:
            curve = "same curve" if trial.alternative.keeps_curve else "another curve"
            setting = trial.alternative.text.removeprefix(f"{section}.")
            lines.append(f"  {setting}  # {trial.ratio:.2f}x, {curve}")
    return lines


def _warnings(faster: list[Trial]) -> list[str]:
    keys = {trial.alternative.key for trial in faster}
    lines = ["Each was tried alone."] if len(faster) > 1 else []
    if keys & {"train.jit", CORES}:
        lines.append("The same curve is the same but for the last bits.")
    if keys & {"train.precision", "data.batch_size"}:
        lines.append("Another curve: compare validation before you keep it.")
    if "data.batch_size" in keys:
        lines.append("A batch of another size may want another learning rate.")
    return lines


def milliseconds(seconds: float) -> str:
    """``3.11 ms`` below ten, ``31.1 ms`` above, seconds from one second on."""
    if seconds >= 1:
        return duration(seconds)
    return f"{1000 * seconds:.{1 if seconds >= 0.01 else 2}f} ms"  # noqa: PLR2004 - ten of them


def giga(number: float) -> str:
    """``411 M``, ``20.1 G`` or ``1.20 T``: three digits and the prefix of a unit."""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6)):
        if number >= size:
            return f"{number / size:.3g} {prefix}"
    return f"{number / 1e3:.3g} k"


def _row(label: str, text: str, style: str = "") -> Row:
    return Row(label=label, text=text, style=style, width=LABEL_COLUMNS)
