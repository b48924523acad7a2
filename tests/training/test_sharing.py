"""What the chief knows reaches every worker, to the bit; what differs is told to all."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
import pytest

from dltrain.config.load import load_text
from dltrain.errors import RunError, UserError
from dltrain.runs.cluster import Cluster

Together = Callable[..., list[Any]]
WORKERS = 3


@pytest.fixture(scope="session")
def together(tensorflow: None) -> Together:  # noqa: ARG001 - prepared, not used
    """``together(work)`` calls ``work(team)`` for three workers at once; gives what each gave."""
    import tensorflow as tf

    from dltrain.devices.team import Team

    class Thread(Team):
        """A worker that is a thread: its sums are taken in memory."""

        barrier = threading.Barrier(WORKERS)
        given: ClassVar[dict[int, Any]] = {}

        def total(self, numbers: Any) -> Any:
            assert numbers.dtype == np.int64
            assert len(numbers) > 0, "TensorFlow does not survive the sum of nothing"
            self.given[self.cluster.index] = numbers
            self.barrier.wait(20)
            found = np.sum([self.given[index] for index in range(WORKERS)], axis=0)
            self.barrier.wait(20)
            return found

    def run(work: Callable[[Team], Any]) -> list[Any]:
        def one(index: int) -> Any:
            cluster = Cluster(index=index, count=WORKERS, addresses=("a:1", "b:1", "c:1"))
            try:
                return work(Thread(tf.distribute.get_strategy(), cluster))
            except UserError as error:
                return error

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(one, range(WORKERS)))

    return run


@pytest.mark.parametrize("data", [b"", b"x", b"\x00\xff" * 4, bytes(range(256)) * 5 + b"tail"])
def test_bytes_of_any_length(together: Together, data: bytes) -> None:
    """Those of the chief; what the others hold is not looked at."""
    given = together(lambda team: team.from_chief(data if team.is_chief else b"other"))
    assert given == [data] * WORKERS


def test_one_alone_asks_nobody(tensorflow: None) -> None:  # noqa: ARG001 - prepared, not used
    """The same calls give back what they were given."""
    import tensorflow as tf

    from dltrain.devices.team import Team

    team = Team(tf.distribute.get_strategy())
    assert team.from_chief(b"data") == b"data"
    assert list(team.total(np.array([3, 4], np.int64))) == [3, 4]
    with pytest.raises(tf.errors.UnavailableError), team.losing_nobody():
        raise tf.errors.UnavailableError(None, None, "a network drive is gone")


def test_a_lost_worker_is_told_in_plain_words(together: Together) -> None:
    """No traceback of TensorFlow's, and what to do."""
    import tensorflow as tf

    def lose(team: Any) -> str:
        try:
            with team.losing_nobody():
                raise tf.errors.UnavailableError(None, None, "GRPC_STATUS 14\n/usr/lib/...")
        except RunError as error:
            return str(error)

    assert together(lose)[2].splitlines() == [
        "worker 2 has lost another worker, which has ended or cannot be reached.",
        "The same command on every worker goes on from the last checkpoint.",
    ]


def test_what_differs_is_refused_by_all(together: Together) -> None:
    """Each worker names those that differ from the chief, so that no one waits for another."""
    from dltrain.training.sharing import insist_on_same

    said = ["same", "other", "same"]
    errors = together(
        lambda team: insist_on_same(team, "the data is", said[team.cluster.index], "Copy it.")
    )
    assert [str(error) for error in errors] == [
        "the data is another on worker 1 than on worker 0.\nCopy it."
    ] * WORKERS
    assert together(lambda team: insist_on_same(team, "it is", "same", "")) == [None] * WORKERS


def test_the_experiment_of_the_chief(together: Together) -> None:
    """Resolved by the chief, whose run directory may be the only one."""
    from dltrain.training.sharing import share_experiment

    ours = load_text("model: {name: mlp}\ndata: {name: digits}\nseed: 7\n", "a").experiment
    other = ours.model_copy(update={"seed": 8})
    given = together(lambda team: share_experiment(team, ours if team.is_chief else other))
    assert given == [ours] * WORKERS


def test_a_checkpoint_to_the_bit(together: Together) -> None:
    """Every array, a negative zero and what is no number included, and the state."""
    from dltrain.checkpoints.store import Checkpoint
    from dltrain.config.dataset_facts import info_of
    from dltrain.training.sharing import share_checkpoint

    experiment = load_text("model: {name: mlp}\ndata: {name: digits}\n", "a").experiment
    info = info_of(experiment.data)
    arrays = {
        "model/0000": np.array([-0.0, np.nan, np.inf, 1e-45], np.float32),
        "model/0001": np.array([1, 2**32 - 1], np.uint32),
        "optimizer/0000": np.array(5, np.int64),
    }
    checkpoint = Checkpoint(
        step=3,
        experiment=experiment,
        info=info,
        arrays=arrays,
        state={"step": 3, "sums": {"loss": 0.1 + 0.2}},
        structure="abc",
        environment={"packages": {"dltrain": "1"}},
    )
    given = together(
        lambda team: share_checkpoint(team, checkpoint if team.is_chief else None, experiment, info)
    )
    for each in given:
        assert (each.step, each.state, each.structure) == (3, checkpoint.state, "abc")
        assert {key: value.tobytes() for key, value in each.arrays.items()} == {
            key: value.tobytes() for key, value in arrays.items()
        }
    nothing = together(lambda team: share_checkpoint(team, None, experiment, info))
    assert nothing == [None] * WORKERS


def test_values_from_data_are_the_chiefs(
    together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a model takes from its data is computed once, and every worker begins with the same bits."""
    import keras

    from dltrain.training import first_values

    computed = []

    def compute(dataset: Any, variable: Any) -> Any:
        computed.append(dataset)
        return np.full((variable.shape[0],), dataset / 3)

    monkeypatch.setattr(first_values, "FROM_DATA", {"taken": compute})
    words = keras.Input((2,))
    models = [
        keras.Model(words, keras.layers.Embedding(4, 1, name=name)(words))
        for name in ("taken", "taken", "taken", "own")
    ]
    before = models[3].get_weights()[0]
    together(
        lambda team: first_values.set_first_values(
            models[team.cluster.index], team.cluster.index + 1, team
        )
    )
    assert computed == [1]
    for model in models[:WORKERS]:
        assert model.get_weights()[0].tolist() == [[np.float32(1 / 3)]] * 4
    together(lambda team: first_values.set_first_values(models[3], 5, team))
    assert models[3].get_weights()[0].tolist() == before.tolist()
