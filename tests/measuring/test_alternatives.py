"""What is tried differs in one value, fits the config, and is tried once."""

from collections.abc import Callable
from typing import Any

from dltrain.config.fit import mistakes_of
from dltrain.config.save import to_yaml
from dltrain.config.schema import ExperimentConfig
from dltrain.measuring.alternatives import CORES, alternatives_of, pinned

Small = Callable[..., ExperimentConfig]


def texts(experiment: ExperimentConfig, examples: int = 60, cores: int = 1) -> list[str]:
    """What is tried, as a person would write it."""
    return [each.text for each in alternatives_of(experiment, examples=examples, cores=cores)]


def test_all(small: Small) -> None:
    """Every other precision and way to compile, twice and half the batch, half the cores."""
    assert texts(small(), cores=2) == [
        "train.precision: bfloat16",
        "train.jit: update",
        "train.jit: true",
        "data.batch_size: 32",
        "data.batch_size: 8",
        "cores: 1",
    ]


def test_xla_is_not_xla_updates(small: Small) -> None:
    """A config that compiles whole steps is tried with updates alone, and without XLA."""
    found = texts(small("train.jit=true"))
    assert [text for text in found if "jit" in text] == ["train.jit: update", "train.jit: false"]


def test_what_cannot_be(small: Small) -> None:
    """No batch is larger than the set, none shared unevenly, and nothing is tried that is refused."""
    assert "data.batch_size: 32" not in texts(small(), examples=20)
    assert "data.batch_size: 8" not in texts(small("train.accumulation=16"))
    shared = texts(small("distribution.replicas=2"))
    assert not [text for text in shared if "jit" in text]
    whole = texts(small("data.batch_size=all"))
    assert not [text for text in whole if "batch" in text]


def test_one_value_changes(small: Small) -> None:
    """Each is valid and differs from the config in its own line alone; cores are no part of it."""
    experiment = small()
    before = to_yaml(experiment).splitlines()
    for each in alternatives_of(experiment, examples=60, cores=4):
        after = to_yaml(each.experiment).splitlines()
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == (each.key != CORES)
        assert not mistakes_of(each.experiment, {})
        assert each.cores == (2 if each.key == CORES else None)


def test_the_curve(small: Small) -> None:
    """Precision and batch make another curve; compiling and cores change the last bits alone."""
    keeps: dict[str, Any] = {
        each.key: each.keeps_curve for each in alternatives_of(small(), examples=60, cores=2)
    }
    assert keeps == {
        "train.precision": False,
        "train.jit": True,
        "data.batch_size": False,
        "cores": True,
    }


def test_pinned(small: Small) -> None:
    """What `auto` means and generated data are settled; calls follow the batch as before."""
    wanted = small("train.precision=auto", "train.jit=auto", "train.steps_per_call=auto")
    settled = pinned(wanted, small("train.jit=update", "data.synthetic=true"))
    assert (settled.train.precision, settled.train.jit) == ("float32", "update")
    assert settled.train.steps_per_call == "auto"
    assert settled.data.synthetic
