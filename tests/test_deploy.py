"""What is in deploy/ fits the command line, the schemas of Kubernetes, and itself."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer.main
import yaml

from dltrain.cli.app import app
from dltrain.config.load import load_text

ROOT = Path(__file__).parent.parent
SLURM = ROOT / "deploy" / "slurm.sbatch"
KUBERNETES = ROOT / "deploy" / "kubernetes.yaml"
OLDEST_KUBERNETES = "1.31"  # the first with a stable pod failure policy
Resource = dict[str, Any]


def resources() -> dict[str, Resource]:
    """The manifest's documents, by kind."""
    documents = yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8"))
    return {document["kind"]: document for document in documents}


def pod() -> Resource:
    spec: Resource = resources()["Job"]["spec"]["template"]["spec"]
    return spec


def container() -> Resource:
    (only,) = pod()["containers"]
    return dict(only)


def directives() -> dict[str, str]:
    """The options SLURM reads: those of the lines before the first command."""
    head = re.split(r"^[^#\s]", SLURM.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    found = re.findall(r"^#SBATCH --([a-z-]+)(?:=(\S+))?(?:[ \t]+#.*)?$", head, re.MULTILINE)
    return dict(found)


def srun() -> tuple[list[str], list[str]]:
    """The batch script's srun with its own options, and what it starts."""
    text = re.sub(r"\\\n\s*", "", SLURM.read_text(encoding="utf-8"))
    (line,) = re.findall(r"^srun .*(?= \|\|)", text, re.MULTILINE)
    words = shlex.split(line)
    start = words.index("dltrain")
    return words[:start], words[start + 1 :]


def parsed(arguments: list[str]) -> dict[str, Any]:
    """The values of a dltrain command line, which is not run; a usage error if there is no such."""
    name, *rest = arguments
    group: Any = typer.main.get_command(app)
    values: dict[str, Any] = group.commands[name].make_context(name, rest).params
    return values


def run_batch_script(folder: Path, srun_status: int, *options: str) -> int:
    """The script's exit code where srun answers so; what scontrol is told is in `called`."""
    text = SLURM.read_text(encoding="utf-8").replace("source .venv/bin/activate", "")
    stand_ins = f'srun() {{ return {srun_status}; }}\nscontrol() {{ echo "$@" > called; }}\n'
    variables = {"SLURM_JOB_ID": "7", "SLURM_CPUS_PER_TASK": "1", "PATH": "/usr/bin:/bin"}
    command = ["bash", "-c", stand_ins + text, "slurm.sbatch", "experiment.yaml", *options]
    return subprocess.run(command, cwd=folder, env=variables, check=False).returncode


@pytest.mark.parametrize("kind", sorted(resources()))
def test_manifest_fits_the_schemas_of_kubernetes(kind: str) -> None:
    """Every document is valid, and has no key that Kubernetes does not know."""
    kubernetes_validate.validate(resources()[kind], OLDEST_KUBERNETES, strict=True)


def test_a_misspelt_key_does_not_fit() -> None:
    """The check above would find a wrong manifest."""
    job = resources()["Job"]
    job["spec"]["paralelism"] = job["spec"].pop("parallelism")
    with pytest.raises(kubernetes_validate.ValidationError, match="paralelism"):
        kubernetes_validate.validate(job, OLDEST_KUBERNETES, strict=True)


def test_manifest_runs_a_command_that_dltrain_has() -> None:
    """Arguments parse, and name as many workers as there are pods, under the pods' own names."""
    job, service = resources()["Job"], resources()["Service"]
    arguments = [re.sub(r"^\$\(JOB_COMPLETION_INDEX\)$", "1", word) for word in container()["args"]]
    given = parsed(arguments)
    count, name = job["spec"]["completions"], job["metadata"]["name"]
    (port,) = (port["port"] for port in service["spec"]["ports"])
    assert job["spec"]["parallelism"] == count
    assert given["worker"] == 1
    assert given["workers"].split(",") == [
        f"{name}-{index}.{service['metadata']['name']}:{port}" for index in range(count)
    ]


def test_service_names_the_pods_of_the_job() -> None:
    """It selects them, has no address of its own, and knows them before they are ready."""
    service, job = resources()["Service"], resources()["Job"]
    selected = {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
    assert service["spec"]["selector"] == selected
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    assert pod()["subdomain"] == service["metadata"]["name"]


def test_only_workers_reach_workers() -> None:
    """Nobody else may connect to their ports, which ask for no password."""
    policy, job = resources()["NetworkPolicy"]["spec"], resources()["Job"]
    workers = {"matchLabels": {"batch.kubernetes.io/job-name": job["metadata"]["name"]}}
    assert policy["podSelector"] == workers
    assert policy["ingress"] == [{"from": [{"podSelector": workers}]}]


def test_every_exit_code_of_a_pod_has_its_rule() -> None:
    """A stopped worker costs no try, a user's mistake ends the job, everything else is retried."""
    spec = resources()["Job"]["spec"]
    assert spec["template"]["spec"]["restartPolicy"] == "Never"  # else no policy is allowed
    actions = {
        code: rule["action"]
        for rule in spec["podFailurePolicy"]["rules"]
        for code in rule.get("onExitCodes", {}).get("values", ())
    }
    assert actions == {143: "Ignore", 2: "FailJob"}
    assert spec["backoffLimit"] >= 2 * spec["completions"]
    named = {rule["onExitCodes"]["containerName"] for rule in spec["podFailurePolicy"]["rules"][1:]}
    assert named == {container()["name"]}


def test_mounted_config_is_one() -> None:
    """The config in the manifest is where the command looks for it, and has no mistake."""
    files = resources()["ConfigMap"]["data"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    assert {volume["name"] for volume in pod()["volumes"]} == mounts.keys()
    assert container()["args"][1] in {f"{mounts['config']}/{name}" for name in files}
    for name, text in files.items():
        assert load_text(text, name).experiment.distribution.name == "auto"


def test_pod_is_nobody_special() -> None:
    """Neither root nor able to become it, as Kubernetes's restricted standard has it."""
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["securityContext"]["runAsUser"] == 1000  # the Dockerfile's user
    assert "--uid 1000 " in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert container()["securityContext"]["allowPrivilegeEscalation"] is False


def test_batch_script_is_bash() -> None:
    """Bash can read it."""
    subprocess.run(["bash", "-n", SLURM], check=True)


def test_batch_script_runs_a_command_that_dltrain_has() -> None:
    """It hands its own arguments on to dltrain run, one worker for each task."""
    options, arguments = srun()
    assert arguments == ["run", "$@"]
    given = parsed(["run", "experiment.yaml", "--smoke"])
    assert given["config"] == Path("experiment.yaml")
    assert "--distribution=block" in options  # the order in which dltrain counts the tasks
    assert "--kill-on-bad-exit=0" in options  # one that has stopped does not end one that saves


def test_every_directive_is_read() -> None:
    """No #SBATCH line stands behind a command or is written so that SLURM would overlook it."""
    text = SLURM.read_text(encoding="utf-8")
    assert len(directives()) == len(re.findall(r"^#SBATCH", text, re.MULTILINE))
    assert {"nodes", "ntasks-per-node", "time", "requeue", "signal"} <= directives().keys()


def test_workers_hear_sigterm_well_before_the_time_limit() -> None:
    """The steps get it, not the script alone (`B:`), and time to save is left."""
    number, _, seconds = directives()["signal"].partition("@")
    hours, minutes, rest = map(int, directives()["time"].split(":"))
    assert number == "TERM"
    assert 60 <= int(seconds) < hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("status", "queued_again"), [(0, False), (1, False), (2, False), (143, True)]
)
def test_batch_script_queues_itself_again_only_when_it_was_stopped(
    status: int, queued_again: bool, tmp_path: Path
) -> None:
    """After 143 the job is queued again; whatever srun answered is the script's own answer."""
    assert run_batch_script(tmp_path, status) == status
    assert (tmp_path / "called").exists() is queued_again
    if queued_again:
        assert (tmp_path / "called").read_text(encoding="utf-8") == "requeue 7\n"


def test_batch_script_refuses_to_start_anew_each_time(tmp_path: Path) -> None:
    """--fresh, repeated whenever the job is queued again, would lose the run: exit 2, no srun."""
    assert run_batch_script(tmp_path, 143, "--fresh") == 2
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize("path", [SLURM, KUBERNETES], ids=lambda path: path.name)
def test_lines_that_differ_per_cluster_are_marked(path: Path) -> None:
    """Machines, memory and where dltrain comes from are marked to be changed."""
    marked = re.findall(r"^(.*)# CHANGE:(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(marked) >= 6
    assert all(explanation.strip() for _, explanation in marked)
