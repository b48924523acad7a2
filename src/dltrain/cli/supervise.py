"""Workers watched until all have ended: no hang, nobody left behind, and the cause told."""

import math
import signal
import time
from collections import deque
from dataclasses import dataclass, field

from dltrain.cli.forwarding import hearing_signals
from dltrain.cli.screen_text import plain
from dltrain.cli.worker_output import WorkerOutput
from dltrain.cli.workers import Process, Workers, kill, started
from dltrain.runs.run_dir import RunDir

POLL_SECONDS = 0.02
LAST_LINES_SECONDS = 0.5
USER_ERROR = 2
STOPS = {128 + number for number in (signal.SIGINT, signal.SIGTERM)}
Signals = deque[signal.Signals]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long workers are given to end by themselves, in seconds.

    Attributes:
        after_death: since one has died; the others cannot go on.
        after_stop: since the first one has stopped at a signal; the disk may be slow.
    """

    after_death: float = 2.0
    after_stop: float = 60.0


def supervise(
    team: Workers,
    run: RunDir,
    output: WorkerOutput,
    *,
    restarts: int = 0,
    patience: Patience | None = None,
) -> int:
    """Start the workers, wait for their end, and start them again after a death.

    Args:
        team: what to start.
        run: where the run lives; nothing is started again once its summary is there.
        output: where the workers' lines and ours go.
        restarts: how often to start again at most.
        patience: how long to wait for those that should end.

    Returns:
        The exit code: 0 if every worker ended well; 143 or 130 if they stopped at a signal;
        2 if one of them met a user's mistake; else 1.
    """
    heard: Signals = deque()
    with hearing_signals(heard.append):
        for number in range(1, restarts + 2):
            watch = Watch(run, output, heard, patience or Patience())
            with output.holding(), started(team, output) as processes:
                watch.wait(processes)
            is_final = watch.exit_code != 1 or watch.sent is not None or run.summary.exists()
            if is_final or number > restarts:
                break
            if heard:
                return 128 + heard[0]
            output.say(f"restart {number} of {restarts}: {_where_from(run)}")
    return watch.exit_code


def _where_from(run: RunDir) -> str:
    has_checkpoint = run.checkpoints.is_dir() and any(run.checkpoints.iterdir())
    return "from the last checkpoint" if has_checkpoint else "there is no checkpoint yet"


@dataclass
class Watch:
    """One life of a team.

    Attributes:
        run: the run directory, in which the logs are.
        output: where deaths are told.
        heard: signals to pass on, as they come.
        patience: how long to wait for those that should end.
        sent: the first signal that was passed on.
        died: exit codes of those that died, the first death first.
        stopped: exit codes of those that stopped at a signal.
    """

    run: RunDir
    output: WorkerOutput
    heard: Signals
    patience: Patience
    sent: signal.Signals | None = None
    died: dict[int, int] = field(default_factory=dict)
    stopped: dict[int, int] = field(default_factory=dict)
    _killed: set[int] = field(default_factory=set)
    _deadline: float = math.inf

    def wait(self, processes: list[Process]) -> None:
        """Return when every worker has ended, by itself or because its time was over."""
        left = dict(enumerate(processes))
        while left:
            self._pass_signals_on(left)
            ended = {index: code for index in left if (code := left[index].poll()) is not None}
            for index in sorted(ended, key=lambda index: _rank(ended[index])):
                del left[index]
                self._note_end(index, ended[index])
            if left and time.monotonic() >= self._deadline:
                self._kill(left)
            elif left:
                time.sleep(POLL_SECONDS)

    @property
    def exit_code(self) -> int:
        """What the launcher makes of it, once all have ended."""
        if USER_ERROR in self.died.values():
            return USER_ERROR
        if self.died or 0 in self._killed:  # a chief that was killed had not saved
            return 1
        if self.stopped and self.sent is not None:
            return 128 + self.sent
        return next(iter(self.stopped.values()), 0)

    def _pass_signals_on(self, left: dict[int, Process]) -> None:
        while self.heard:
            number = self.heard.popleft()
            if self.sent is not None:  # at the second they leave at once, if they can
                self._wait_at_most(self.patience.after_death)
            self.sent = self.sent or number
            for process in left.values():
                process.send_signal(number)

    def _note_end(self, index: int, code: int) -> None:
        self.output.finish(index, LAST_LINES_SECONDS)
        if index not in self._killed and code:
            if self._is_stop(code):
                self.stopped[index] = 128 + abs(code) % 128
                self._wait_at_most(self.patience.after_stop)
            else:
                self._note_death(index, code)
        if index == 0:
            self.output.release(was_killed=code < 0)

    def _note_death(self, index: int, code: int) -> None:
        if not self.died:
            self.output.say(f"worker {index} {how_it_ended(code)}{self._log_of(index)}")
        self.died[index] = code
        is_stopping = self.stopped or self.sent is not None
        patience = self.patience
        self._wait_at_most(patience.after_stop if is_stopping else patience.after_death)

    def _is_stop(self, code: int) -> bool:
        """Whether this is an orderly end; before it hears signals, one that was sent ends it."""
        is_too_young = self.sent is not None and code in (-signal.SIGINT, -signal.SIGTERM)
        return code in STOPS or is_too_young

    def _wait_at_most(self, seconds: float) -> None:
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def _kill(self, left: dict[int, Process]) -> None:
        for index, process in left.items():
            if process.poll() is None:
                self._killed.add(index)
                self.output.say(f"worker {index} did not end by itself and is killed")
                kill(process)

    def _log_of(self, index: int) -> str:
        log = self.run.worker_log(index) if index else self.run.tensorflow_log
        return f"; see {plain(log)}" if log.exists() else ""


def how_it_ended(code: int) -> str:
    """An exit code as `subprocess` gives it, negative after a signal, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal has no name
        return f"was killed by signal {-code}"


def _rank(code: int) -> tuple[bool, bool]:
    """Of several deaths found at once, which is the cause: a kill, then a user's mistake."""
    return code >= 0, code != USER_ERROR
