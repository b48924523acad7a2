"""A program: every writer of a run, in trouble at each of its file operations; JSON comes out."""

import gc
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from trouble import KILLED, Disk, Trouble, faults_of_order, in_child
from writers import WRITERS, Writer, use_one_config

from dltrain.errors import UserError
from dltrain.runs.metrics_file import MetricsFile

LONG = {"roll back", "train"}  # their parts are in trouble at every operation by themselves
CHANGES_NOTHING = {"fsync", "close"}  # a kill before it leaves what a kill after it does
STRIDE = 4  # of the refusals of a long one
LIVES = (60, 63, 66)  # operations; a resume and an epoch take fewer
Report = dict[str, Any]
Tree = dict[str, bytes | None]  # a folder has no content


class Bench:
    """One writer on a disk, in a folder of its own."""

    def __init__(self, disk: Disk, name: str, folder: Path) -> None:
        self.writer: Writer = WRITERS[name]
        self.disk, self.name = disk, name
        self.place, self._copy = folder / "place", folder / "copy"
        self.place.mkdir(parents=True)
        self.writer.prepare(self.place)
        self._before = tree(self.place)
        self.problems: list[str] = []
        self._judged: set[str] = set()

    def run(self) -> Report:
        """Undisturbed first, then with trouble at every operation."""
        self._begin()
        old = self._read()
        with self.disk.watch():
            self.writer.write(self.place)
        log = self.disk.log
        self.new, self.after = self._read(), tree(self.place)
        self.allowed = (old, self.new, *self.writer.between)
        is_long = self.name in LONG
        for number, operation in enumerate(log, start=1):
            if not (is_long and operation.kind in CHANGES_NOTHING):
                self._kill(number, Trouble.KILL)
            if operation.kind == "write":
                self._kill(number, Trouble.TEAR)
        for number in range(1, len(log) + 1, STRIDE if is_long else 1):
            self._refuse(number, Trouble.REFUSE)
            self._refuse(number, Trouble.BREAK)
        order = [] if self.writer.may_be_lost else faults_of_order(log)
        return {"operations": len(log), "problems": self.problems, "order": order}

    def wear_down(self) -> list[str]:
        """Kill it again and again, always after so many operations, until it is done."""
        for life in LIVES:
            self._begin()
            lives = 1
            while self._in_child(life) == KILLED:
                lives += 1
            if lives == 1 or tree(self.place) != self.after:
                self.problems.append(f"after {lives} lives of {life} operations: another state")
        return self.problems

    def _begin(self) -> None:
        put(self._before, self.place)

    def _in_child(self, number: int, trouble: Trouble = Trouble.KILL) -> int:
        def work() -> None:
            with self.disk.watch(number, trouble):
                self.writer.write(self.place)

        return in_child(work)

    def _kill(self, number: int, trouble: Trouble) -> None:
        self._begin()
        status = self._in_child(number, trouble)
        if status != KILLED:
            self.problems.append(f"{trouble.value}: {number}: exit status {status}")
        self._judge(f"{trouble.value}: {number}", self.allowed)

    def _refuse(self, number: int, trouble: Trouble) -> None:
        """It has to say so, or to have done its work all the same."""
        self._begin()
        allowed: tuple[Any, ...] = (self.new,)
        try:
            with self.disk.watch(number, trouble):
                self.writer.write(self.place)
        except (OSError, UserError):
            allowed = self.allowed
        self._judge(f"{trouble.value}: {number}", allowed)

    def _judge(self, what: str, allowed: tuple[Any, ...]) -> None:
        """What is there must be whole, and the next writer must come to the same end."""
        state = json.dumps([tree(self.place), allowed], default=bytes.hex)
        if state in self._judged:
            return
        self._judged.add(state)
        try:
            found = self._read()
            if found not in allowed:
                self.problems.append(f"{what}: a reader finds {found}")
            self.writer.write(self.place)
            different = set(tree(self.place).items()) ^ set(self.after.items())
            if different:
                self.problems.append(f"{what}: then other {sorted({key for key, _ in different})}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            self.problems.append(f"{what}: {type(error).__name__}: {error}")

    def _read(self) -> Any:
        """In a copy: a reader that tidies up must not help the next writer."""
        put(tree(self.place), self._copy)
        return self.writer.read(self._copy)


def tree(folder: Path) -> Tree:
    """Everything below a folder, but for the locks, which stay."""
    found: Tree = {}
    for place, _, names in os.walk(folder):
        found[os.path.relpath(place, folder)] = None
        for name in names:
            if not name.endswith(".lock"):
                path = Path(place, name)
                found[str(path.relative_to(folder))] = path.read_bytes()
    return dict(sorted(found.items()))


def put(content: Tree, folder: Path) -> None:
    """Make a folder hold this and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in content.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)


def lines_that_wait(disk: Disk, folder: Path) -> Report:
    """Lines of metrics on a disk that refuses: none is lost, none raises, the order stays."""
    problems: list[str] = []
    number, is_over = 0, False
    while not is_over:
        number += 1
        for trouble in (Trouble.REFUSE, Trouble.BREAK):
            path = folder / f"{trouble.name} {number}.jsonl"
            metrics, length = MetricsFile(path), 0
            with disk.watch(number, trouble):
                for epoch in (1, 2, 3):
                    metrics.append({"epoch": epoch})
                    length += len(b'{"epoch": 1}\n')
                    if metrics.length != length:
                        problems.append(f"{path.stem}: length {metrics.length}, not {length}")
            is_over = number > len(disk.log)
            metrics.append({"epoch": 4})
            metrics.sync()
            if [line["epoch"] for line in metrics.read()] != [1, 2, 3, 4]:
                problems.append(f"{path.stem}: {path.read_bytes()!r}")
    return {"operations": number - 1, "problems": problems, "order": []}


def main(folder: Path) -> None:
    """Everything, in a folder that is there."""
    use_one_config()
    gc.collect()
    gc.freeze()  # a child that collects what it shares has to copy it
    disk = Disk()
    reports: dict[str, Report] = {}
    for name in WRITERS:
        bench = Bench(disk, name, folder / name)
        reports[name] = bench.run()
        if name == "train":
            bench.wear_down()
    (folder / "lines").mkdir()
    reports["lines that wait"] = lines_that_wait(disk, folder / "lines")
    reports["modules"] = {"tensorflow": "tensorflow" in sys.modules}
    print(json.dumps(reports))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
