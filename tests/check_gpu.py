"""Trains a model of each family on the GPUs there are, and puts their figures beside a CPU's.

    python tests/check_gpu.py [--configs digits_cnn imdb_lstm ...]

Exits with 2 where there is no GPU, and with 1 where a training fails, was not made on a GPU, or gives
other figures the second time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CONFIGS = ("digits_cnn", "mnist_mlp", "cifar_cnn", "imdb_lstm", "speech_commands_transformer")
FOLDER = Path(__file__).parents[1] / "configs"
FLOAT32 = ("--set", "train.precision=float32", "--set", "train.jit=false")
ONE_DEVICE = ("--set", "distribution.name=one_device")
VARIANTS: dict[str, tuple[str, ...]] = {
    "GPU": (),
    "GPU again": (),
    "one GPU, float32": (*FLOAT32, *ONE_DEVICE),
    "CPU, float32": (*FLOAT32, *ONE_DEVICE),
}
ADVICE = """\
Compare, in each line: 'GPU' and 'GPU again' are equal to the last digit (train.deterministic);
float32 on GPU and CPU agree to about 1e-3 after a few steps; bfloat16 ('GPU' on a card with tensor
cores) may differ by a few hundredths. digits_cnn is trained to its end: its config names the accuracy."""


class CheckError(Exception):
    """A training failed or was not what it should be."""


def main(arguments: list[str]) -> int:
    """Run all and print a table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--configs", nargs="+", default=CONFIGS, metavar="NAME")
    configs = parser.parse_args(arguments).configs
    gpus = find_gpus()
    if not gpus:
        print(
            "check_gpu: TensorFlow finds no GPU here (docs/gpu.md says what it needs).",
            file=sys.stderr,
        )
        return 2
    print(
        f"{len(gpus)} GPU{'s' if len(gpus) > 1 else ''}; loss and accuracy or error on the test set\n"
    )
    is_good = True
    with tempfile.TemporaryDirectory() as folder:
        for name in configs:
            try:
                print_figures(name, {each: train(name, each, Path(folder)) for each in VARIANTS})
            except CheckError as error:
                is_good = False
                print(f"{name}: {error}", flush=True)
    print(f"\n{ADVICE}")
    return 0 if is_good else 1


def find_gpus() -> list[Any]:
    """The GPUs TensorFlow can use."""
    from dltrain.devices.quiet import tensorflow_messages_to

    with tensorflow_messages_to(Path(os.devnull)):
        import tensorflow as tf

        return tf.config.list_physical_devices("GPU")


def train(name: str, variant: str, folder: Path) -> dict[str, Any]:
    """Train one config in a process of its own; its figures on the test set.

    Raises:
        CheckError: it failed, or ran on another device than it should.
    """
    run = folder / f"{name} {variant}"
    smoke = () if name == "digits_cnn" else ("--smoke", "--synthetic")
    command = [sys.executable, "-m", "dltrain", "run", str(FOLDER / f"{name}.yaml"), "--offline"]
    command += ["--run-dir", str(run), *smoke, *VARIANTS[variant]]
    hidden = {} if "GPU" in variant else {"CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, env={**os.environ, **hidden}, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise CheckError(f"{variant}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return figures_of(run, on_gpu="GPU" in variant)


def figures_of(run: Path, *, on_gpu: bool) -> dict[str, Any]:
    """A finished run's figures on the test set.

    Raises:
        CheckError: its manifest names another kind of device.
    """
    device = json.loads((run / "manifest.json").read_text())["device"]
    if (device != "CPU") != on_gpu:
        raise CheckError(f"{run.name} ran on {device}")
    figures: dict[str, Any] = json.loads((run / "summary.json").read_text())["test"]
    return figures


def print_figures(name: str, figures: dict[str, dict[str, Any]]) -> None:
    """One line for each way a config was trained.

    Raises:
        CheckError: the second training was not the first.
    """
    for variant, figure in figures.items():
        values = "  ".join(f"{figure[key]:.6g}" for key in figure if key != "examples")
        print(f"{name:28} {variant:18} {values}", flush=True)
    if figures["GPU"] != figures["GPU again"]:
        raise CheckError("the second training gave other figures than the first")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
