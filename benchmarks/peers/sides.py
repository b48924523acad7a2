"""Who is compared: every way to train that may be the fastest of its kind."""

import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = ("mlp", "seed_cnn", "flagship_cnn", "lstm", "transformer")
IMAGES = ("seed_cnn", "flagship_cnn")
TUTORIAL_BATCH = 32
FAMILIES = ("dltrain", "fit", "pytorch", "lightning")


@dataclass(frozen=True)
class Side:
    """One way to train.

    Attributes:
        name: said in tables.
        family: the best of each is compared with the others' best.
        precision: ``float32`` or ``bfloat16``.
        command: of its worker.
    """

    name: str
    family: str
    precision: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """What all sides of a model are given."""

    model: str
    arrays: Path
    batch_size: int
    threads: int
    data_settings: tuple[str, ...]
    peers_python: Path

    @property
    def shared(self) -> tuple[str, ...]:
        """Arguments of every peer's worker but for the batch."""
        return (self.model, "--arrays", str(self.arrays), "--threads", str(self.threads))


def tutorial(work: Work) -> Side:
    """`model.fit` on arrays as a tutorial has it."""
    size = ("--batch-size", str(TUTORIAL_BATCH))
    return Side("tutorial", "tutorial", "float32", (*_keras(work), *size))


def candidates(work: Work) -> list[Side]:
    """All that is tried, at the config's batch."""
    size = ("--batch-size", str(work.batch_size))
    sides = [
        Side(f"dltrain {name}", "dltrain", precision, dltrain_command(work, *settings))
        for name, precision, settings in _dltrain_settings()
    ]
    for name, precision, options in _fit_options():
        command = (*_keras(work), *size, *options)
        sides.append(Side(f"fit {name}", "fit", precision, command))
    for name, precision, options in _torch_options(work):
        family = "lightning" if "--lightning" in options else "pytorch"
        command = (str(work.peers_python), str(HERE / "torch_worker.py"), *work.shared)
        sides.append(Side(f"{family} {name}", family, precision, (*command, *size, *options)))
    return sides


def dltrain_command(work: Work, *settings: str) -> tuple[str, ...]:
    """The worker of dltrain on the model's config."""
    words = [word for text in (*work.data_settings, *settings) for word in ("--set", text)]
    config = HERE / "configs" / f"{work.model}.yaml"
    return (sys.executable, str(HERE / "dltrain_worker.py"), str(config), *words)


def _keras(work: Work) -> tuple[str, ...]:
    return (sys.executable, str(HERE / "keras_worker.py"), *work.shared)


def _dltrain_settings() -> list[tuple[str, str, tuple[str, ...]]]:
    """Either precision, with XLA where `auto` puts it."""
    return [(name, name, (f"train.precision={name}",)) for name in ("float32", "bfloat16")]


def _fit_options() -> list[tuple[str, str, tuple[str, ...]]]:
    many, coarse = ("--steps-per-execution", "16"), ("--policy", "mixed_bfloat16")
    return [
        ("arrays", "float32", ()),
        ("arrays, 16 steps a call", "float32", many),
        ("tf.data, 16 steps a call", "float32", (*many, "--dataset")),
        ("jit, 16 steps a call", "float32", (*many, "--jit")),
        ("bfloat16, 16 steps a call", "bfloat16", (*many, *coarse)),
    ]


def _torch_options(work: Work) -> list[tuple[str, str, tuple[str, ...]]]:
    options: list[tuple[str, str, tuple[str, ...]]] = [
        ("eager", "float32", ()),
        ("compile", "float32", ("--compile",)),
        ("eager bfloat16", "bfloat16", ("--bfloat16",)),
        ("compile bfloat16", "bfloat16", ("--compile", "--bfloat16")),
        ("float32", "float32", ("--lightning",)),
    ]
    if work.model in IMAGES:
        last = "--channels-last"
        options += [
            ("channels_last", "float32", (last,)),
            ("compile channels_last", "float32", (last, "--compile")),
            ("channels_last bfloat16", "bfloat16", (last, "--bfloat16")),
        ]
    return options
