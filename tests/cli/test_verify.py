"""``dltrain verify``: a whole run holds, whatever has happened to it; it is read and never written."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from dltrain.cli.verify import verify
from dltrain.errors import UserError

FIRST, LAST = "step-00000004", "step-00000008"


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON document."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def seal(checkpoint: Path) -> None:
    """Make the sums of a checkpoint right again."""
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    for name in manifest["files"]:
        data = (checkpoint / name).read_bytes()
        sums = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest["files"][name] = sums
    del manifest["sha256"]
    own = hashlib.sha256((json.dumps(manifest, indent=2) + "\n").encode()).hexdigest()
    (checkpoint / "manifest.json").write_text(json.dumps({**manifest, "sha256": own}))


def test_untouched(
    finished: Path, found: Callable[..., Any], tensorflow: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every check holds, the logged figures of both checkpoints too; nothing is written."""
    del tensorflow
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    document = found(finished, quick=False)
    assert document["bad"] == {}
    assert {check["ok"] for check in document["checks"]} == {True}
    exact = "exactly those logged when it was written"
    last = {check["name"]: check["message"] for check in document["checks"][-3:]}
    assert last["dataset"] == "digits is that of the run"
    assert (last[f"{FIRST} figures"], last[f"{LAST} figures"]) == (exact, exact)
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("*")} == before
    verify(finished, quick=True)
    *lines, closing = capsys.readouterr().out.splitlines()
    assert closing == f"all {len(lines)} checks held"
    assert all(line.startswith("ok   ") and len(line) <= 80 for line in lines)


def test_figures_that_do_not_repeat(
    copied_run: Path, found: Callable[..., Any], tensorflow: None
) -> None:
    """A figure changed everywhere, sums made right, is found by judging the checkpoint again."""
    del tensorflow
    checkpoint = copied_run / "checkpoints" / FIRST
    old = json.loads((checkpoint / "state.json").read_text())["validation"]["loss"]
    for path in (*copied_run.glob("checkpoints/*/state.json"), copied_run / "metrics.jsonl"):
        text = path.read_text()
        path.write_text(text.replace(repr(old), repr(old)[:-1] + "12"[repr(old)[-1] == "1"]))
    for path in copied_run.glob("checkpoints/*"):
        seal(path)
    told = found(copied_run, quick=False)["bad"]
    assert told.keys() == {f"{FIRST} figures", "sums"}  # that of the lines was left as it was
    assert "was logged" in told[f"{FIRST} figures"]


def test_data_that_is_not_here(
    copied_run: Path, found: Callable[..., Any], tensorflow: None, tmp_path: Path
) -> None:
    """It is told in one sentence, and the other checks are made all the same."""
    del tensorflow
    for path in copied_run.glob("checkpoints/*"):
        config = (path / "config.yaml").read_text().replace("digits", "mnist")
        (path / "config.yaml").write_text(config)
        seal(path)
    document = found(copied_run, quick=False, data_dir=tmp_path / "nowhere", offline=True)
    told = document["bad"]
    assert "mnist" in told["dataset"]
    assert "\n" not in told["dataset"]
    assert document["checks"][-1] == {"name": "figures", "ok": None, "message": "not repeated"}


def test_other_data(copied_run: Path, found: Callable[..., Any], tensorflow: None) -> None:
    """Data with another fingerprint than the run's is found, with and without a checkpoint."""
    del tensorflow
    edit(copied_run / "manifest.json", lambda manifest: manifest["dataset"].update(sha256="0"))
    message = "the digits found now is not that of the run"
    assert found(copied_run, quick=False)["bad"]["dataset"] == message
    shutil.rmtree(copied_run / "checkpoints")
    assert found(copied_run, quick=False)["bad"]["dataset"] == message


def test_a_run_that_was_killed(copied_run: Path, found: Callable[..., Any]) -> None:
    """Without a summary, lines ahead, a torn one, and a cut replacement are all in order."""
    (copied_run / "summary.json").unlink()
    shutil.copytree(
        copied_run / "checkpoints" / LAST, copied_run / "checkpoints" / ".partial-step-00000008"
    )
    replaced = copied_run / "checkpoints" / f".partial-replaced-{LAST}"
    (copied_run / "checkpoints" / LAST).rename(replaced)
    with (copied_run / "metrics.jsonl").open("a") as file:
        file.write('{"kind":')
    document = found(copied_run)
    assert document["bad"] == {}
    notes = [check["name"] for check in document["checks"] if check["ok"] is None]
    assert notes == ["metrics", LAST, "summary"]
    assert replaced.exists()


def test_foreign_folders(copied_run: Path, found: Callable[..., Any]) -> None:
    """A folder that is named nearly like a replaced checkpoint is none, and nothing is wrong."""
    for name in ("step-x", "step-", "step-1", "step-00000004 ", "step-٠٠٠٠٠٠٠٤"):
        (copied_run / "checkpoints" / f".partial-replaced-{name}").mkdir()
    assert found(copied_run)["bad"] == {}


def test_a_run_under_way(
    copied_run: Path,
    found: Callable[..., Any],
    tensorflow: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A checkpoint that the training deletes after its files were verified is worth a note."""
    del tensorflow
    from dltrain.evaluation import verify as figures

    make = figures.make_evaluator

    def make_while_it_trains(*arguments: Any, **options: Any) -> Any:
        shutil.rmtree(copied_run / "checkpoints")
        return make(*arguments, **options)

    monkeypatch.setattr(figures, "make_evaluator", make_while_it_trains)
    document = found(copied_run, quick=False)
    assert document["bad"] == {}
    gone = {"ok": None, "message": "not repeated: it is not there any more"}
    assert document["checks"][-2:] == [
        {"name": f"{name} figures", **gone} for name in (FIRST, LAST)
    ]


def test_a_run_that_has_only_begun(copied_run: Path, found: Callable[..., Any]) -> None:
    """A manifest alone is a run that was killed at once; nothing is wrong with it."""
    for entry in copied_run.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "manifest.json":
            entry.unlink()
    assert found(copied_run)["bad"] == {}


def test_a_foreign_name(
    copied_run: Path, found: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Characters that a terminal could obey are escaped, and a fault ends with exit code 1."""
    edit(copied_run / "manifest.json", lambda manifest: manifest["dataset"].update(name="\x1b[2J"))
    assert "manifest" in found(copied_run)["bad"]
    with pytest.raises(typer.Exit) as left:
        verify(copied_run, quick=True)
    assert left.value.exit_code == 1
    said = capsys.readouterr().out
    assert "BAD  manifest: its dataset is \\x1b[2J" in said
    assert "\x1b" not in said
    assert said.splitlines()[-1] == "10 of 12 checks held, 2 did not"


def test_a_checkpoint_is_no_run(copied_run: Path) -> None:
    """It is told to name the run directory; exit code 2."""
    with pytest.raises(UserError, match="is a checkpoint") as raised:
        verify(copied_run / "checkpoints" / LAST)
    assert raised.value.exit_code == 2
