"""A process that trains when it is told to, and says how long it took."""

import os
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection

import tensorflow as tf

from dltrain.devices.arithmetic import backward_multiply_adds, multiply_adds
from dltrain.devices.setup import describe_devices
from dltrain.errors import DltrainError
from dltrain.measuring.alternatives import first_cores
from dltrain.measuring.messages import Facts, Failure, Job, Memory, Round, Turn
from dltrain.measuring.parts import Parts
from dltrain.measuring.prepare import Ready, prepare
from dltrain.measuring.stepper import Stepper

Request = tuple[str, float]
Answer = Turn | Round | Memory | Facts | Failure
BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def serve(connection: Connection, job: Job) -> None:
    """Get ready, say so, and answer requests until nobody asks any more.

    Args:
        connection: first gives `Facts`; then takes ``("turn", seconds)``, ``("round", seconds)``
            and ``("memory", 0.0)`` and gives `Turn`, `Round` and `Memory`. `Failure` is the last.
        job: what to train.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command hears it, and ends this process
    try:
        trainer = Trainer(job)
        connection.send(trainer.facts)
        while True:
            connection.send(trainer.answer(*connection.recv()))
    except (EOFError, BrokenPipeError):
        return  # nobody asks any more
    except DltrainError as error:
        connection.send(Failure(str(error), error.exit_code))
    except tf.errors.ResourceExhaustedError:
        connection.send(Failure("there is not enough memory for it", 1))


class Trainer:
    """A training that is made ready and then goes on by turns.

    Attributes:
        facts: what it has made of its job.
    """

    def __init__(self, job: Job) -> None:
        started = time.perf_counter()
        keep_to(job.cores)
        self._ready = prepare(job.experiment, job.data_dir)
        ready = self._ready
        self._stepper = Stepper(ready.learner, ready.experiment, ready.dataset)
        for _ in range(2):  # the first compiles, the second still fills caches
            self._stepper.turn(0.0)
        self._parts: Parts | None = None
        seconds = time.perf_counter() - started
        self.facts = _facts(ready, self._stepper, seconds)

    def answer(self, what: str, at_least: float) -> Turn | Round | Memory:
        """Do what a request asks for."""
        if what == "memory":
            return peak_memory()
        if what == "turn":
            return self._stepper.turn(at_least)
        if self._parts is None:
            ready = self._ready
            self._parts = Parts(ready.learner, ready.experiment, ready.dataset)
        return self._parts.round(at_least)


def _facts(ready: Ready, stepper: Stepper, seconds: float) -> Facts:
    train, model = ready.experiment.train, ready.learner.model
    pairs = multiply_adds(model) + backward_multiply_adds(model)
    replicas = ready.learner.strategy.num_replicas_in_sync
    return Facts(
        experiment=ready.experiment,
        devices=describe_devices(replicas, train.precision, train.jit),
        is_generated=ready.experiment.data.synthetic,
        examples=len(ready.dataset.train),
        batch_size=stepper.batch_size,
        steps_per_call=stepper.steps_per_call,
        flops_per_step=2 * pairs * stepper.batch_size,
        seconds=seconds,
        notices=ready.notices,
    )


def keep_to(cores: int | None) -> None:
    """Use only so many of the cores there are, as ``taskset`` would have it."""
    if cores is not None:
        os.sched_setaffinity(0, first_cores(cores))


def peak_memory() -> Memory:
    """The most this process has held until now."""
    process = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    gpu = tf.config.experimental.get_memory_info("GPU:0")["peak"] if on_gpu else None
    return Memory(process, gpu)
