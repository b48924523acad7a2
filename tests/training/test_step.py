"""One update against the same update written down in NumPy."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

SEVERAL_RATES = (0.1, 0.05, 0.2)


@dataclass
class Bench:
    """A learner and its compiled steps on a handful of random images.

    Attributes:
        learner: what learns.
        steps: the compiled function.
        inputs: ``(examples, 8, 8, 1)`` uint8.
        labels: ``(examples,)`` int32.
        normalised: ``(examples, 64)`` float64, as the first layer sees them.
    """

    learner: Any
    steps: Any
    inputs: Any
    labels: Any
    normalised: Any

    def run(self, batches: Any, rates: Any, decays: Any = None, first_step: int = 0) -> Any:
        """Make the steps; gives loss sums, right answers and whether each was finite."""
        decays = [0.0] * len(rates) if decays is None else decays
        return self.steps(np.array(batches, np.int32), rates, decays, first_step, 1)

    def weights(self) -> list[Any]:
        """Values of the trainable variables now, float64."""
        return [
            variable.numpy().astype(np.float64)
            for variable in self.learner.model.trainable_variables
        ]

    def everything(self) -> dict[str, list[bytes]]:
        """The bytes of every variable but those of random layers and loss scale, by role."""
        return {
            role: [v.numpy().tobytes() for v in variables if "seed_generator" not in v.path]
            for role, variables in self.learner.variables().items()
            if role != "loss_scale"
        }


@pytest.fixture(scope="module")
def make_bench(tensorflow: None) -> Callable[..., Bench]:  # noqa: ARG001 - prepared, not used
    """A function that builds a bench for the given sections of an mlp on 8x8 images."""

    def make(replicas: int = 1, examples: int = 24, **sections: Any) -> Bench:
        import keras

        from dltrain.config.load import load_text
        from dltrain.config.schema import DistributionConfig
        from dltrain.config.tasks import resolve_task
        from dltrain.data.dataset import Dataset
        from dltrain.data.examples import Examples
        from dltrain.dataset_info import DATASET_INFO
        from dltrain.devices.strategy import make_strategy, set_precision
        from dltrain.training.learner import make_learner
        from dltrain.training.step import make_steps

        train = {"jit": False, "precision": "float32", **sections.pop("train", {})}
        model = {"name": "mlp", "hidden_units": [], **sections.pop("model", {})}
        settings = {"data": {"name": "digits"}, "model": model, "train": train, **sections}
        experiment = load_text(json.dumps(settings), "test.yaml").experiment
        random = np.random.RandomState(7)
        inputs = random.randint(0, 17, size=(examples, 8, 8, 1)).astype(np.uint8)
        labels = random.randint(0, 10, size=examples).astype(np.int32)
        info = DATASET_INFO["digits"]
        experiment = resolve_task(experiment, info)
        train_split = {"train": Examples(inputs, labels)}
        order, none = np.arange(examples), np.arange(0)
        dataset = Dataset(info, train_split, order, none, none, "", ())
        keras.utils.set_random_seed(3)
        set_precision(experiment.train.precision)
        name = "mirrored" if replicas > 1 else "one_device"
        strategy = make_strategy(DistributionConfig(name=name, replicas=replicas))
        learner = make_learner(experiment, info, strategy)
        steps = make_steps(learner, experiment, dataset)
        flat = inputs.reshape(examples, -1).astype(np.float64)
        normalised = (flat - info.mean) / info.standard_deviation
        return Bench(learner, steps, inputs, labels, normalised)

    return make


def softmax(logits: Any) -> Any:
    """Rows that sum to one."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def linear_loss_and_gradients(
    bench: Bench, weights: list[Any], batch: Any, smoothing: float
) -> tuple[float, list[Any]]:
    """Sum of losses and mean gradients of a linear classifier on one batch."""
    kernel, bias = weights
    x, labels = bench.normalised[batch], bench.labels[batch]
    targets = np.eye(10)[labels] * (1 - smoothing) + smoothing / 10
    p = softmax(x @ kernel + bias)
    error = (p - targets) / len(batch)
    return -float((targets * np.log(p)).sum()), [x.T @ error, error.sum(axis=0)]


class NumpySGD:
    """Stochastic gradient descent with momentum, as in Sutskever et al. 2013."""

    def __init__(self, momentum: float = 0.0, nesterov: bool = False, decay: float = 0.0) -> None:
        self.momentum, self.nesterov, self.decay = momentum, nesterov, decay
        self.velocity = [0.0, 0.0]

    def step(self, weights: list[Any], gradients: list[Any], rate: float) -> list[Any]:
        """The weights after one update; only the kernel decays."""
        weights = [weights[0] * (1 - self.decay * rate), weights[1]]
        new = []
        for index, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            self.velocity[index] = self.momentum * self.velocity[index] - rate * gradient
            ahead = self.momentum * self.velocity[index] - rate * gradient
            new.append(weight + (ahead if self.nesterov else self.velocity[index]))
        return new


class NumpyAdamW:
    """Adam as at the end of section 2 of Kingma and Ba 2015, with decoupled decay."""

    def __init__(self, decay: float) -> None:
        self.decay, self.count = decay, 0
        self.mean, self.square = [0.0, 0.0], [0.0, 0.0]

    def step(self, weights: list[Any], gradients: list[Any], rate: float) -> list[Any]:
        """The weights after one update; only the kernel decays."""
        self.count += 1
        new = []
        for index, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            self.mean[index] = 0.9 * self.mean[index] + 0.1 * gradient
            self.square[index] = 0.999 * self.square[index] + 0.001 * gradient**2
            size = rate * np.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count)
            move = size * self.mean[index] / (np.sqrt(self.square[index]) + 1e-4)
            new.append(weight - rate * (self.decay if index == 0 else 0.0) * weight - move)
        return new


@pytest.mark.parametrize(
    ("optimizer", "reference", "smoothing", "clip"),
    [
        ({"name": "sgd", "momentum": 0.0}, NumpySGD(), 0.0, None),
        ({"name": "sgd", "momentum": 0.9}, NumpySGD(0.9), 0.1, None),
        ({"name": "sgd", "momentum": 0.8, "nesterov": True}, NumpySGD(0.8, True), 0.0, None),
        (
            {"name": "sgd", "momentum": 0.9, "weight_decay": 0.5},
            NumpySGD(0.9, decay=0.5),
            0.0,
            0.25,
        ),
        ({"name": "adamw", "weight_decay": 0.5, "epsilon": 1e-4}, NumpyAdamW(0.5), 0.1, None),
        ({"name": "adamw", "weight_decay": 0.0, "epsilon": 1e-4}, NumpyAdamW(0.0), 0.0, 0.25),
    ],
    ids=["sgd", "momentum+smoothing", "nesterov", "decay+clip", "adamw+smoothing", "adamw+clip"],
)
def test_three_updates(
    make_bench: Callable[..., Bench],
    optimizer: dict[str, Any],
    reference: Any,
    smoothing: float,
    clip: float | None,
) -> None:
    """Losses, right answers and weights of three steps, the schedule's rates in them, are NumPy's."""
    bench = make_bench(
        optimizer={**optimizer, "clip_norm": clip}, train={"label_smoothing": smoothing}
    )
    batches = np.arange(24).reshape(3, 8)
    weights = bench.weights()
    expected_losses, expected_right, norms = [], [], []
    for batch, rate in zip(batches, SEVERAL_RATES, strict=True):
        predicted = (bench.normalised[batch] @ weights[0] + weights[1]).argmax(axis=1)
        expected_right.append(int((predicted == bench.labels[batch]).sum()))
        loss, gradients = linear_loss_and_gradients(bench, weights, batch, smoothing)
        expected_losses.append(loss)
        norms.append(float(np.sqrt(sum((gradient**2).sum() for gradient in gradients))))
        factor = 1.0 if clip is None else min(1.0, clip / norms[-1])
        weights = reference.step(weights, [factor * g for g in gradients], rate)
    assert clip is None or min(norms) > clip  # the clipping has something to do
    losses, right, finite = bench.run(batches, SEVERAL_RATES)
    np.testing.assert_allclose(losses, expected_losses, rtol=2e-5)
    assert right.tolist() == expected_right
    assert finite.all()
    for found, expected in zip(bench.weights(), weights, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-6)


def test_penalties(make_bench: Callable[..., Bench]) -> None:
    """L1 and L2 of the kernel are part of the loss as trained, and of the gradient."""
    plain, penalised = (
        make_bench(model=model, optimizer={"name": "sgd", "momentum": 0.0})
        for model in ({}, {"l1": 0.1, "l2": 0.2})
    )
    kernel = penalised.weights()[0]
    np.testing.assert_array_equal(kernel, plain.weights()[0])
    penalty = 0.1 * np.abs(kernel).sum() + 0.2 * (kernel**2).sum()
    batch = [[0, 1, 2, 3]]
    losses = [bench.run(batch, [0.5])[0][0] for bench in (plain, penalised)]
    assert losses[1] - losses[0] == pytest.approx(4 * penalty, rel=1e-4)
    pull = 0.1 * np.sign(kernel) + 0.4 * kernel
    moved = plain.weights()[0] - penalised.weights()[0]
    np.testing.assert_allclose(moved, 0.5 * pull, atol=1e-5)
    np.testing.assert_array_equal(plain.weights()[1], penalised.weights()[1])


@pytest.mark.parametrize("replicas", [1, 2])
def test_reduction_sum(make_bench: Callable[..., Bench], replicas: int) -> None:
    """The sum over a batch of n is n times the mean, its penalty is added once, not n times.

    The batch of one, which every replica computes as a whole, counts once too.
    """
    plain = {"name": "sgd", "momentum": 0.0}
    for batch in ([0, 1, 2, 3, 4], [7]):
        ends = []
        for reduction, factor in (("mean", 1), ("sum", len(batch))):
            bench = make_bench(
                replicas=replicas,
                model={"l2": 0.2 * factor},
                optimizer=plain,
                train={"reduction": reduction, "class_weights": {"3": 5.0}},
            )
            loss_sum = bench.run([batch], [0.5 / factor])[0][0]
            ends.append((float(loss_sum), bench.weights()))
        assert ends[1][0] == pytest.approx(ends[0][0], rel=1e-5)
        for summed, mean in zip(ends[1][1], ends[0][1], strict=True):
            np.testing.assert_allclose(summed, mean, rtol=1e-5, atol=1e-6)


def test_a_short_gradient_is_not_clipped(make_bench: Callable[..., Bench]) -> None:
    """Clipping at a norm the gradient does not reach leaves the update as it is, to the bit."""
    ends = []
    for clip in (None, 1e6):
        bench = make_bench(optimizer={"name": "sgd", "clip_norm": clip})
        bench.run([range(8)], [0.1])
        ends.append(bench.everything())
    assert ends[0] == ends[1]


def test_the_average_follows_weights_and_statistics(make_bench: Callable[..., Bench]) -> None:
    """After each step the average moves by 1 - decay towards the model, batch norm included."""
    bench = make_bench(
        model={"hidden_units": [4], "norm": "batch"}, train={"ema": 0.9}, optimizer={}
    )
    model, average = bench.learner.model, bench.learner.average
    expected = [variable.numpy() for variable in model.variables]
    assert all((a.numpy() == e).all() for a, e in zip(average.variables, expected, strict=True))
    for step, decay in enumerate((0.25, 0.5)):
        bench.run([range(8)], [0.1], [decay], first_step=step)
        expected = [
            decay * slow + (1 - decay) * fast.numpy()
            for slow, fast in zip(expected, model.variables, strict=True)
        ]
    moved = 0
    for slow, fast, value in zip(average.variables, model.variables, expected, strict=True):
        np.testing.assert_allclose(slow.numpy(), value, rtol=1e-5, atol=1e-6)
        moved += not np.allclose(slow.numpy(), fast.numpy(), rtol=1e-4)
    assert moved >= 6  # kernel, gamma, beta, mean, variance, logits: none is a mere copy


def test_a_call_with_fewer_steps(make_bench: Callable[..., Bench]) -> None:
    """Filled up to the length of a whole call, it makes its own steps and no others."""
    data, rates = {"name": "digits", "batch_size": 8}, [0.1, 0.2, 0.1]
    short = make_bench(data=data, train={"steps_per_call": 5})
    whole = make_bench(data=data, train={"steps_per_call": 3})
    figures = [bench.run([range(8)] * 3, rates) for bench in (short, whole)]
    for mine, theirs in zip(*figures, strict=True):
        assert len(mine) == 3
        assert mine.tobytes() == theirs.tobytes()
    assert short.everything() == whole.everything()
    _, _, finite = short.run([range(8)] * 3, [0.1, 1e38, 0.1])
    assert finite.tolist() == [True, True, False]


def test_after_a_step_that_is_not_finite_nothing_moves(make_bench: Callable[..., Bench]) -> None:
    """The step that blows up and those after it in the same call leave every variable alone."""
    bench = make_bench(optimizer={"name": "sgd"}, train={"ema": 0.5})
    bench.run([range(8)], [1e38], [0.5])
    before = bench.everything()
    assert all(np.isfinite(value).all() for value in bench.weights())
    losses, _, finite = bench.run([range(8), range(8), range(8)], [0.1] * 3, [0.5] * 3)
    assert not finite.any()
    assert not np.isfinite(losses[0])
    assert bench.everything() == before


def test_a_call_ends_at_its_first_bad_step(make_bench: Callable[..., Bench]) -> None:
    """Steps before the bad one are made, and the flags say which one it was."""
    bench = make_bench(optimizer={"name": "sgd"})
    _, _, finite = bench.run([range(8)] * 4, [0.1, 1e38, 0.1, 0.1])
    assert finite.tolist() == [True, True, False, False]
    assert int(bench.learner.optimizer.parts[0].rule.iterations.numpy()) == 2


def test_float16_leaves_out_a_step_that_overflows(make_bench: Callable[..., Bench]) -> None:
    """An overflow halves the scale and moves nothing; the next steps of the same call go on."""
    bench = make_bench(
        model={"hidden_units": [8]}, train={"precision": "float16", "ema": 0.5}, optimizer={}
    )
    scale = bench.learner.loss_scale
    scale.scale.assign(2.0**40)
    before = bench.everything()
    losses, _, finite = bench.run([range(8)], [0.01], [0.5])
    assert not finite.any()
    assert np.isfinite(losses).all()
    assert float(scale.scale.numpy()) == 2.0**39
    assert bench.everything() == before
    steps = 40
    _, _, finite = bench.run([range(8)] * steps, [0.01] * steps, [0.5] * steps)
    bad = int((~finite).sum())
    assert 0 < bad < steps
    assert finite[bad:].all()
    assert float(scale.scale.numpy()) == 2.0 ** (39 - bad)
    assert int(scale.good_steps.numpy()) == steps - bad
    assert int(bench.learner.optimizer.parts[0].rule.iterations.numpy()) == steps - bad


def test_a_bad_step_moves_nothing_of_muon_and_lookahead(make_bench: Callable[..., Bench]) -> None:
    """An overflow leaves momentum and slow weights as the good step before it has left them."""
    bench = make_bench(
        model={"hidden_units": [8]},
        train={"precision": "float16", "lookahead": {"every": 1, "ramp": "cubic"}},
        optimizer={"name": "muon", "keep_norm": True},
    )
    start = bench.everything()
    assert bench.run([range(8)], [0.01])[2].all()
    before = bench.everything()
    assert all(before[role] != start[role] for role in ("model", "optimizer", "lookahead"))
    bench.learner.loss_scale.scale.assign(2.0**40)
    assert not bench.run([range(8)], [0.01], first_step=1)[2].any()
    assert bench.everything() == before


def test_the_scale_grows_after_many_good_steps(make_bench: Callable[..., Bench]) -> None:
    """After two thousand good steps the scale doubles and the count begins anew."""
    bench = make_bench(train={"precision": "float16"}, optimizer={})
    scale = bench.learner.loss_scale
    before = float(scale.scale.numpy())
    scale.good_steps.assign(1998)
    bench.run([range(8)] * 3, [0.001] * 3)
    assert float(scale.scale.numpy()) == 2 * before
    assert int(scale.good_steps.numpy()) == 1


def test_the_scale_changes_no_update(make_bench: Callable[..., Bench]) -> None:
    """What the loss is multiplied by is divided out again: float32 layers learn the same."""
    ends = []
    for precision in ("float32", "float16"):  # the linear classifier computes in float32 in both
        bench = make_bench(
            optimizer={"name": "sgd", "clip_norm": 0.25}, train={"precision": precision}
        )
        bench.run([range(8)], [0.1])
        ends.append(bench.weights())
    for plain, scaled in zip(*ends, strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=2e-3, atol=2e-4)


def dropped_on_every_replica(bench: Bench, step: int) -> Any:
    """Which hidden units got no gradient, told from the rows of the last kernel that stand still."""
    before = bench.weights()[-2]
    bench.run([[0, 0]], [1e-3], first_step=step)
    return (bench.weights()[-2] == before).all(axis=1)


@pytest.mark.parametrize("replicas", [1, 2])
def test_masks(make_bench: Callable[..., Bench], replicas: int) -> None:
    """No two replicas, no two examples and no two steps share a mask; the same step repeats it.

    A hidden unit's outgoing weights stand still only if it was dropped for both copies of
    the example: a quarter of the units if the masks are independent, half if they are one.
    """
    bench = make_bench(
        replicas=replicas,
        model={"hidden_units": [400], "activation": "softplus", "dropout": 0.5},
        optimizer={"name": "sgd", "momentum": 0.0},
    )
    masks = [dropped_on_every_replica(bench, step) for step in (0, 1, 0)]
    assert all(0.15 < mask.mean() < 0.35 for mask in masks)
    assert (masks[0] != masks[1]).mean() > 0.2
    assert (masks[0] == masks[2]).all()


def test_parts_draw_masks_of_their_own(make_bench: Callable[..., Bench]) -> None:
    """The same examples twice in one batch, in two parts, do not lose the same units twice."""
    model = {"hidden_units": [32], "dropout": 0.5}
    eight, twice = [list(range(8))], [list(range(8)) * 2]
    once = make_bench(model=model).run(eight, [0.0])[0][0]
    in_parts = make_bench(model=model, train={"accumulation": 2}).run(twice, [0.0])[0][0]
    assert in_parts != pytest.approx(2 * once, rel=1e-3)
    model["dropout"] = 0.0
    once = make_bench(model=model).run(eight, [0.0])[0][0]
    in_parts = make_bench(model=model, train={"accumulation": 2}).run(twice, [0.0])[0][0]
    assert in_parts == pytest.approx(2 * once, rel=1e-6)


def test_calls_leave_nothing_behind(tensorflow: None) -> None:  # noqa: ARG001 - prepared
    """The process does not grow with the number of calls, of which a long training makes millions."""
    import os
    from pathlib import Path
    from types import SimpleNamespace

    import tensorflow as tf

    from dltrain.config.load import load_text
    from dltrain.training.resident import Resident
    from dltrain.training.step import Steps

    if not Path("/proc/self/statm").exists():
        pytest.skip("reads the size of the process from /proc")

    def resident_mib() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    figures = (tf.zeros(1), tf.zeros(1), tf.ones(1, tf.bool))
    compiled = SimpleNamespace(get_concrete_function=lambda *_: lambda *_: figures)
    experiment = load_text("data: {name: digits}\nmodel: {name: mlp}\n", "test.yaml").experiment
    call = Steps(compiled, experiment, Resident(None, None, False, ()))  # type: ignore[arg-type]
    indices = np.zeros((1, 2), np.int32)
    for step in range(1_000):
        call(indices, [0.1], [0.9], step, 1)
    before = resident_mib()
    for step in range(1_000, 11_000):
        call(indices, [0.1], [0.9], step, 1)
    assert resident_mib() - before < 2.5  # a tensor kept for each step would be 7
