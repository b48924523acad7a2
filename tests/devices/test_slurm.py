"""The addresses of a job step's tasks, by rank."""

from collections.abc import Callable

import pytest

from dltrain.errors import UserError
from dltrain.runs.cluster import Cluster

Step = Callable[..., tuple[str, ...]]


@pytest.fixture
def step(tensorflow: None, monkeypatch: pytest.MonkeyPatch) -> Step:  # noqa: ARG001 - prepared
    """Read the addresses of a step with the given nodes and tasks per node."""
    from dltrain.devices.slurm import slurm_addresses

    def read(nodes: str, tasks_per_node: str, count: int, *, rank: int = 0, on: str | None = None):  # noqa: ANN202 - as Step says
        values = {
            "SLURM_JOB_ID": "7",
            "SLURM_PROCID": str(rank),
            "SLURM_STEP_NUM_TASKS": str(count),
            "SLURM_STEP_NODELIST": nodes,
            "SLURM_STEP_TASKS_PER_NODE": tasks_per_node,
            "SLURMD_NODENAME": on,
        }
        for name, value in values.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return slurm_addresses(Cluster(index=rank, count=count, addresses=None, source="SLURM"))

    return read


def test_one_task_on_each_node_without_a_gpu(step: Step) -> None:
    """No GPU is asked for, and nobody runs nvidia-smi."""
    assert step("node[1-2]", "1(x2)", 2) == ("node1:20448", "node2:20448")


def test_several_tasks_on_a_node_have_ports_of_their_own(step: Step) -> None:
    """Rank by rank, node by node."""
    expected = ("a1:20448", "a1:20449", "a2:20448")
    assert step("a[1-2]", "2,1", 3, rank=1, on="a1") == expected


def test_nodes_are_in_the_order_of_numbers(step: Step) -> None:
    """SLURM's ranks follow numbers; TensorFlow's resolver sorts node10 before node2."""
    expected = ("node2:20448", "node10:20448")
    assert step("node[2,10]", "1(x2)", 2, rank=1, on="node10") == expected


def test_another_layout_is_refused(step: Step) -> None:
    """A task that runs elsewhere than its address says would wait for ever."""
    with pytest.raises(UserError, match="task 0 runs on b, where a was expected"):
        step("a,b", "1(x2)", 2, rank=0, on="b")


def test_variables_that_are_not_there(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the way round it."""
    monkeypatch.delenv("SLURM_STEP_NODELIST", raising=False)
    with pytest.raises(UserError, match="--workers and --worker"):
        step("a[", "1", 2)
