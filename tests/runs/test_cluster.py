"""Who shares a run is read from the command line, else from TF_CONFIG, else from SLURM."""

import json
import re
from typing import Any

import pytest

from dltrain.config.schema import DistributionConfig
from dltrain.errors import UserError
from dltrain.runs.cluster import ALONE, Cluster, find_cluster, parse_addresses, refuse_several

AUTO = DistributionConfig()
SLURM = {"SLURM_STEP_NUM_TASKS": "3", "SLURM_PROCID": "2"}


def tf_config(content: Any) -> dict[str, str]:
    """The variable as a cluster manager sets it."""
    return {"TF_CONFIG": json.dumps(content)}


def of_workers(*addresses: str, index: int = 0, kind: str = "worker") -> dict[str, str]:
    """A TF_CONFIG that names workers."""
    task = {"type": kind, "index": index}
    return tf_config({"cluster": {"worker": list(addresses)}, "task": task})


def test_nothing_names_others_so_one_is_alone() -> None:
    """A process without any of the three trains by itself."""
    assert find_cluster(AUTO, environment={}) is ALONE
    assert ALONE.is_alone
    assert ALONE.is_chief


def test_the_command_line_goes_before_the_variables() -> None:
    """What a person typed counts."""
    variables = {**of_workers("a:1", "b:1", "c:1"), **SLURM}
    found = find_cluster(AUTO, "x:5,y", 1, variables)
    assert found == Cluster(index=1, count=2, addresses=("x:5", "y:2222"), source="--workers")
    assert not found.is_chief


def test_tf_config_goes_before_slurm() -> None:
    """A launcher inside of a job step says more than the step."""
    found = find_cluster(AUTO, environment={**of_workers("a:1", "b:1", index=1), **SLURM})
    assert found == Cluster(index=1, count=2, addresses=("a:1", "b:1"), source="TF_CONFIG")


def test_a_chief_in_tf_config_is_worker_0() -> None:
    """TensorFlow's own order: the chief before the workers."""
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    tasks = [("chief", 0, 0), ("worker", 0, 1), ("worker", 1, 2)]
    for kind, index, place in tasks:
        content = {"cluster": cluster, "task": {"type": kind, "index": index}}
        found = find_cluster(AUTO, environment=tf_config(content))
        assert (found.index, found.addresses) == (place, ("a:1", "b:1", "c:1"))


@pytest.mark.parametrize("variables", [{"TF_CONFIG": ""}, tf_config({}), of_workers("a:1")])
def test_a_tf_config_of_one_or_none_names_nobody(variables: dict[str, str]) -> None:
    """Managed services set it for single machines too."""
    assert find_cluster(AUTO, environment=variables) is ALONE


def test_slurm_leaves_the_addresses_to_tensorflow() -> None:
    """The rank and the number of tasks are all that is known before TensorFlow is loaded."""
    found = find_cluster(AUTO, environment=SLURM)
    assert found == Cluster(index=2, count=3, addresses=None, source="SLURM")


def test_a_batch_script_by_itself_is_one_task() -> None:
    """Only a step of several tasks, as `srun` starts it, is a team."""
    variables = {"SLURM_NTASKS": "3", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"}
    assert find_cluster(AUTO, environment=variables) is ALONE


@pytest.mark.parametrize("name", ["one_device", "mirrored"])
def test_a_config_for_one_machine(name: Any) -> None:
    """In a SLURM step each task trains for itself; workers named on purpose are a contradiction."""
    distribution = DistributionConfig(name=name)
    assert find_cluster(distribution, environment=SLURM) is ALONE
    message = f"TF_CONFIG names 2 workers, but distribution.name is '{name}'"
    with pytest.raises(UserError, match=message):
        find_cluster(distribution, environment=of_workers("a:1", "b:1"))


def test_several_workers_that_nobody_names() -> None:
    """The config asks for them, so it says how they are named."""
    with pytest.raises(UserError, match="dltrain launch --workers 2 CONFIG"):
        find_cluster(DistributionConfig(name="multi_worker"), environment={})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a:1,b:1", None), "one goes with the other"),
        ((None, 0), "one goes with the other"),
        (("a:1,b:1", 2), "--worker 2: --workers names 2, so this is one of 0 to 1."),
        (("a:1,a:1", 0), "--workers: a:1 stands there twice."),
        (("a:1,,b:1", 0), "--workers: '' is not the address of a worker."),
        (("a:0,b:1", 0), "--workers: 'a:0' is not the address of a worker."),
        (("a:65536,b:1", 0), "'a:65536' is not the address"),
        (("http://a:1,b:1", 0), "'http://a:1' is not the address"),
    ],
)
def test_wrong_options(arguments: tuple[str | None, int | None], message: str) -> None:
    """Each is told in one sentence."""
    with pytest.raises(UserError, match=re.escape(message)):
        find_cluster(AUTO, *arguments, environment={})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "Invalid JSON"),
        ("[]", "should be an object"),
        ('{"cluster": {"worker": "a:1"}}', "cluster.worker"),
        ('{"cluster": {"worker": ["a:1", "b:1"]}}', "it does not say which task this is"),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "ps", "index": 0}}',
            "task.type",
        ),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}',
            "it names no worker 2",
        ),
        (
            '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "chief", "index": 0}}',
            "it names no chief 0",
        ),
    ],
)
def test_a_wrong_tf_config(text: str, problem: str) -> None:
    """It says what is wrong, and how it is written rightly."""
    with pytest.raises(UserError) as raised:
        find_cluster(AUTO, environment={"TF_CONFIG": text})
    assert problem in str(raised.value)
    assert 'Write it as {"cluster": {"worker": ["a:2222", "b:2222"]}' in str(raised.value)


def test_addresses_of_the_sixth_version() -> None:
    """A host in brackets has colons of its own."""
    assert parse_addresses("[::1]:5, [fe80::2]") == ("[::1]:5", "[fe80::2]:2222")


def test_what_is_for_one_machine() -> None:
    """An option for one machine is refused beside others."""
    refuse_several(ALONE, "--seeds")
    with pytest.raises(UserError, match="--seeds is for one machine, but SLURM names 3 workers"):
        refuse_several(find_cluster(AUTO, environment=SLURM), "--seeds")
