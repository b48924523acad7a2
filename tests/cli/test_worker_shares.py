"""Cores, GPUs and ports are divided evenly, or it is said why they cannot be."""

import socket
from pathlib import Path

import pytest

from dltrain.cli.worker_shares import core_shares, gpu_shares, reserved_ports, visible_gpus
from dltrain.errors import UserError


@pytest.mark.parametrize(
    ("cores", "workers", "shares"),
    [
        ({0, 1}, 2, [{0}, {1}]),
        ({7, 3, 1, 5, 9}, 2, [{1, 3}, {5, 7}]),
        ({4}, 1, [{4}]),
        ({0, 1}, 3, None),
    ],
)
def test_cores(cores: set[int], workers: int, shares: list[set[int]] | None) -> None:
    """Each worker has as many neighbouring cores as every other; with too few, all share all."""
    assert core_shares(cores, workers) == shares


@pytest.mark.parametrize(
    ("value", "gpus"),
    [
        ("0,1", ["0", "1"]),
        (" 2 , GPU-1f", ["2", "GPU-1f"]),
        ("", []),
        ("-1", []),
        ("1,-1,2", ["1"]),
        ("NoDevFiles", []),
    ],
)
def test_gpus_named(value: str, gpus: list[str], tmp_path: Path) -> None:
    """CUDA_VISIBLE_DEVICES decides, up to its first entry that is no GPU."""
    (tmp_path / "0000:01:00.0").mkdir()
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": value}, tmp_path) == gpus


def test_gpus_counted(tmp_path: Path) -> None:
    """Without that variable they are those of the driver; without a driver there is none."""
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    assert visible_gpus({}, tmp_path) == ["0", "1"]
    assert visible_gpus({}, tmp_path / "absent") == []


def test_gpu_shares() -> None:
    """Each worker has as many as every other; none at all is no mistake."""
    assert gpu_shares(["0", "1", "2", "3", "4"], 2) == [["0", "1"], ["2", "3"]]
    assert gpu_shares([], 3) == [[], [], []]


def test_too_few_gpus() -> None:
    """It is said what to do about it."""
    with pytest.raises(UserError, match=r"(?s)3 workers cannot share 2 GPUs.*DEVICES=''"):
        gpu_shares(["0", "1"], 3)


def test_ports() -> None:
    """They differ, a server that shares may listen there, and another is not given them."""
    with reserved_ports(3) as ports:
        assert len(set(ports)) == 3
        with socket.socket() as server, socket.socket() as stranger:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            server.bind(("", ports[0]))
            server.listen()
            with pytest.raises(OSError, match="in use"):
                stranger.bind(("", ports[1]))
