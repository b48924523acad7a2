"""Kills real trainings at random moments; their end has to be that of one nothing has disturbed.

    python tests/torture.py --model cnn --kills 25 --seed 0 [--json FILE]

Trains a small network on the embedded digits once from beginning to end, with dropout, normalisation,
averaging, augmentation, accumulation, clipping and early stopping. Then the same again, with SIGKILL
at random moments (and SIGTERM or SIGINT in between), rerunning the same command each time. What
is left has to be the same to the last bit but for clock values: weights, optimizer, average, every line of
metrics, summary, exported model. Exits with 1 and the differences if it is not.
"""

import argparse
import json
import random
import shutil
import signal
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from compare_runs import differences
from dltrain.checkpoints import folder
from dltrain.runs.run_dir import RunDir
from one_life import CONFIG, DLTRAIN, Life, Training
from torture_report import End, Pace, Report

MLP = "{name: mlp, hidden_units: [64, 32], norm: batch, dropout: 0.2}"
MODELS = {
    "mlp": MLP,
    "mlp_mirrored": MLP,
    "cnn": "{name: cnn, filters: [8, 16], norm: batch, hidden_units: [32], dropout: 0.2}",
    "lstm": "{name: lstm, units: [24], dropout: 0.2}",
    "transformer": "{name: transformer, dim: 16, depth: 2, heads: 2, patch_size: 2, dropout: 0.1, stochastic_depth: 0.1}",
}
EPOCHS = {"mlp": 120, "mlp_mirrored": 60, "cnn": 120, "lstm": 60, "transformer": 60}
DEVICES = {"mlp_mirrored": "{name: mirrored, replicas: 2}"}
TRAINING = """\
model: {model}
data: {{name: digits, batch_size: 16, validation: 300, augmentation: {{translate: 1}}}}
optimizer: {{name: adamw, learning_rate: 3e-3, weight_decay: 0.05, clip_norm: 1.0}}
distribution: {devices}
train:
  epochs: {epochs}
  ema: 0.99
  accumulation: 2
  label_smoothing: 0.05
  early_stopping: {{patience: 25}}
  steps_per_call: 4
  checkpoint_every: 3
  checkpoint_steps: 22
  checkpoint_seconds: 0.5
"""
MID_EPOCH_SHARE = 0.6  # of the kills; so many resumes, at least, have to be in mid-epoch
STOPS = (signal.SIGTERM, signal.SIGINT)
Plan = list[tuple[signal.Signals, str]]


def config_of(model: str) -> str:
    """The config of the long training of a model."""
    devices = DEVICES.get(model, "{name: auto}")
    return TRAINING.format(model=MODELS[model], epochs=EPOCHS[model], devices=devices)


def pace_of(run: RunDir, started: float) -> Pace:
    """The times of a finished training that nothing has disturbed, from what it left behind.

    Args:
        run: its run directory.
        started: when its process began; seconds since 1970.
    """
    first_epoch = json.loads(run.metrics.read_text().splitlines()[0])
    first_seconds = first_epoch["timing"]["seconds"]  # most of it is compiling
    summary, last = json.loads(run.summary.read_text()), folder.in_folder(run.checkpoints)[-1]
    after_last_step = run.summary.stat().st_mtime - last.stat().st_mtime
    return Pace(
        start_up=run.manifest.stat().st_mtime - started + first_seconds,
        from_first_step=summary["seconds"] - first_seconds + after_last_step,
        after_last_step=after_last_step,
        steps=summary["steps"],
        steps_per_epoch=first_epoch["step"],
    )


def make_plan(kills: int, stops: int, draw: random.Random) -> Plan:
    """The lives of a training that is killed and stopped so often, in random order.

    One in four is killed while it writes a checkpoint, one in eight right after its first steps, one
    in eight before them, and the last after its last step.
    """
    aims = {1: "writing", 2: "first steps", 5: "writing", 6: "start"}
    plan: Plan = [(signal.SIGKILL, aims.get(n % 8, "steps")) for n in range(kills - 1)]
    plan += [(number, "steps") for number in islice(cycle(STOPS), stops)]
    draw.shuffle(plan)
    return [*plan, (signal.SIGKILL, "end")]


def torture(
    report: Report, plan: Plan, expected: RunDir, config: str, directory: Path, draw: random.Random
) -> Training:
    """Live the plan; begin another training when one ends too early, and compare each.

    Args:
        report: takes note of what happens; the pace is in it.
        plan: how each life is to end.
        expected: the run of a training of the same config that nothing has disturbed.
        config: what to train.
        directory: where.
        draw: decides the moments.

    Returns:
        The last of the trainings.
    """
    plan = list(plan)
    while True:
        report.trainings += 1
        training = Training.of(directory / f"killed-{report.trainings}", config)
        while plan and not training.is_finished:
            end = live(training, plan, report, draw)
            report.ends += [end] if end else []
            plan = plan[1:] if end else plan
        if not training.is_finished:
            training.to_the_end()
        resumes = [event for event in training.events() if event["event"] == "resumed"]
        report.resumed_at += [event["step"] for event in resumes]
        report.differences += differences(expected.path, training.run.path)
        if not plan:
            return training


def live(training: Training, plan: Plan, report: Report, draw: random.Random) -> End | None:
    """Start the command and end it as the plan says; None if it ended by itself before."""
    number, aim = plan[0]
    with training.process(*DLTRAIN, "run", CONFIG) as process:
        life = Life(training, process)
        signs = {"end": life.is_over, "first steps": life.has_just_begun}
        if aim != "start" and not life.wait_for(signs.get(aim, life.has_stepped)):
            return None
        delay = draw_delay(report.pace, aim, training.newest_step(), len(plan), draw)
        time.sleep(delay)
        if aim == "writing":
            life.wait_for(life.is_writing)
        if not life.end(number):
            return None
        ahead = life.has_metrics_ahead()
        return End(number.name, aim, delay, life.place(), ahead, report.trainings)


def draw_delay(pace: Pace, aim: str, step: int, lives: int, draw: random.Random) -> float:
    """Seconds to wait: uniform, and such that the lives of the plan share what remains."""
    if aim == "first steps":
        return 0.0
    if aim == "start":
        return draw.uniform(0.0, pace.start_up)
    remaining = pace.after_last_step if aim == "end" else pace.remaining(step)
    return draw.uniform(0.0, min(0.9, 2.0 / (lives + 1)) * remaining)


def torture_model(model: str, kills: int, seed: int, directory: Path) -> Report:
    """Train undisturbed, then torture; one stop in five lives.

    Args:
        model: one of MODELS.
        kills: how often to kill.
        seed: decides the moments, as far as the machine keeps its pace.
        directory: an empty one, or one that does not exist.
    """
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    config, started = config_of(model), time.time()
    expected = Training.of(directory / "undisturbed", config)
    expected.to_the_end()
    wanted = int(MID_EPOCH_SHARE * kills)
    report = Report(model, seed, pace_of(expected.run, started), wanted)
    plan = make_plan(kills, kills // 4, draw)
    last = torture(report, plan, expected.run, config, directory, draw)
    report.differences += compare_evaluations(expected, last)
    return report


def compare_evaluations(expected: Training, found: Training) -> list[str]:
    """What `dltrain eval` says otherwise of another run of the same config."""
    said = []
    for training in (expected, found):
        training.to_the_end(*DLTRAIN, "eval", str(training.run.path), "--json")
        said.append(json.loads(training.log[training.log.rindex("\n{\n") :]))
    wrong = (
        [] if said[1]["matches_logged"] else ["eval: the figures are not those that were logged"]
    )
    return wrong if said[0] == said[1] else [*wrong, f"eval: {said[0]} expected, {said[1]} found"]


def main() -> int:
    """Read the arguments, do it, print the report; 1 if it is no proof."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the report to this file")
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="torture-"))
    report = torture_model(arguments.model, arguments.kills, arguments.seed, directory)
    print(report.as_text())
    if arguments.json:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    if report.problems():
        print(f"both runs are in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
