"""A private Slurm on this machine: its own munge key, controller, node daemon and ports, all in one scratch folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "munged")
SEARCH = "/usr/sbin:/usr/local/sbin:/sbin"


def why_not() -> str:
    """Why there can be no Slurm here, empty if there can."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:{SEARCH}") is None]
    if missing:
        return f"Slurm is not installed ({', '.join(missing)} missing; Debian: slurm-wlm, munge)"
    if os.geteuid() != 0:
        return "the node daemon of Slurm needs root"
    return ""


class Cluster:
    """Started by ``with``; every process is ended by its own number at the end."""

    def __enter__(self) -> Cluster:
        self.folder = Path(tempfile.mkdtemp(prefix="npsolver-slurm-"))
        self.folder.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{os.environ['PATH']}:{SEARCH}"}
        self.environment["SLURM_CONF"] = str(self.folder / "slurm.conf")
        self.processes: list[subprocess.Popen] = []
        try:
            self._munge()
            self._configure()
            self._start("slurmctld", "-D")
            self._start("slurmd", "-D", "-N", "node")
            self.wait(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T"), 60, "an idle node")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _munge(self) -> None:
        home = self.folder / "munge"
        home.mkdir()
        key = home / "key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        user = "munge" if any(item.pw_name == "munge" for item in pwd.getpwall()) else "root"
        for path in (home, key):
            shutil.chown(path, user)
        self.socket = home / "socket"
        options = {"key-file": key, "socket": self.socket, "pid-file": home / "pid", "log-file": home / "log"}
        command = ["munged", "--foreground", "--force", f"--seed-file={home / 'seed'}"]
        command += [f"--{name}={value}" for name, value in options.items()]
        identity = pwd.getpwnam(user)
        self._start(*command, user=identity.pw_uid, group=identity.pw_gid)
        self.wait(self.socket.exists, 10, "the socket of munge")

    def _configure(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        ports = [_free_port() for _ in range(2)]
        host = socket.gethostname()
        lines = [
            "ClusterName=local",
            f"SlurmctldHost={host}(127.0.0.1)",
            "AuthType=auth/munge",
            f"AuthInfo=socket={self.socket}",
            "CredType=cred/munge",
            "SlurmUser=root",
            "SlurmdUser=root",
            "MpiDefault=none",
            "ProctrackType=proctrack/linuxproc",
            "TaskPlugin=task/none",
            "ReturnToService=2",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_Core",
            "JobAcctGatherType=jobacct_gather/none",
            "KillWait=5",
            # on a machine that is busy with other things nothing is lost only because it was slow
            "MessageTimeout=90",
            "BatchStartTimeout=120",
            f"SlurmctldPort={ports[0]}",
            f"StateSaveLocation={self.folder / 'state'}",
            f"SlurmdSpoolDir={self.folder / 'spool'}",
            f"SlurmctldPidFile={self.folder / 'slurmctld.pid'}",
            f"SlurmdPidFile={self.folder / 'slurmd.pid'}",
            f"SlurmctldLogFile={self.folder / 'slurmctld.log'}",
            f"SlurmdLogFile={self.folder / 'slurmd.log'}",
            f"NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=3000",
            "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
        ]
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n")

    def _start(self, *command: str, **options) -> None:
        with open(self.folder / f"{command[0]}.out", "wb") as log:
            self.processes.append(
                subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=self.folder, **options)
            )

    def run(self, *command: str, check: bool = False, **options) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, **options)
        if check:
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def wait(self, condition, seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                logs = "".join(path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.log"))
                raise AssertionError(f"waited {seconds} s for {what}\n{logs}")
            time.sleep(0.1)

    def tasks(self, job: str, *states: str) -> list[str]:
        """Tasks of a job array, as ``job_task``; in certain states, or all that have not ended."""
        chosen = ["-t", ",".join(states)] if states else []
        return self.run("squeue", "-h", "-r", "-j", job, *chosen, "-o", "%i", check=True).split()

    def wait_for_end(self, job: str, seconds: float) -> None:
        self.wait(lambda: not self.tasks(job), seconds, f"the end of job {job}")


def processes(argument: str) -> list[int]:
    """Living processes with an argument, and those forked from them.

    A job that the controller has given up (its node went down) is out of the queue while its processes still end.
    """
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if argument.encode() in arguments:
            found.append(int(path.name))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
