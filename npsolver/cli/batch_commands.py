"""``npsolver sweep``, ``collect`` and ``reproduce``."""

from __future__ import annotations

import os
import shlex
import sys
from functools import partial
from pathlib import Path

import click

from npsolver.cli.failures import StoppedError, debug_option
from npsolver.errors import ConvergenceError, InputError, RefusedError

SINGLE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
output_option = click.option("-o", "--output", metavar="DIR", help="Folder for the results. Default: results/STUDY.")


@click.command(short_help="Compute the members of a study, here or in a job array.")
@click.argument("study", metavar="STUDY.toml")
@output_option
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes. Default: 1 in a task, else all processors.")
@click.option("--index", metavar="I|auto", help="Only task I (from 0); auto takes it from the scheduler.")
@click.option("--chunk", type=click.IntRange(min=1), help="Members per task. Default: 1, with --slurm as needed.")
@click.option("--members", metavar="LIST", help="Only these members, e.g. 0,3,7-9.")
@click.option("--count", is_flag=True, help="Print the number of tasks and stop.")
@click.option("--list", "listing", is_flag=True, help="Print the members and stop.")
@click.option("--retry-failed", is_flag=True, help="Compute members again that failed.")
@click.option("--member-time", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Seconds per member.")
@click.option("--member-memory", metavar="SIZE", help="Memory per member, e.g. 500M or 2G.")
@click.option("--slurm", is_flag=True, help="Write a job array for what is missing and submit it.")
@click.option("--time", "limit", metavar="HH:MM:SS", default="01:00:00", show_default=True, help="Slurm: per task.")
@click.option("--memory", metavar="SIZE", default="2G", show_default=True, help="Slurm: memory per task.")
@click.option("--partition", metavar="NAME", help="Slurm: partition.")
@click.option("--account", metavar="NAME", help="Slurm: account.")
@click.option("--concurrency", type=click.IntRange(min=1), metavar="N", help="Slurm: tasks that run at once.")
@click.option("--sbatch", "extra", multiple=True, metavar="OPTION", help="Slurm: further option, e.g. --qos=long.")
@click.option("--no-submit", is_flag=True, help="Slurm: only write the script.")
@click.option("--dask", metavar="ADDRESS", help="Use the workers of this Dask scheduler.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@debug_option
def sweep(study, output, jobs, index, chunk, members, count, listing, retry_failed, quiet, dask, **options) -> int:
    """Compute every member of a study that has no result yet.

    Started again it goes on where it stopped, after Ctrl-C, a kill or a power failure alike.

    \b
        npsolver sweep STUDY.toml --jobs 8
        npsolver sweep STUDY.toml --slurm --time 02:00:00 --memory 4G --concurrency 50
        npsolver sweep STUDY.toml --index auto --chunk 20        # in a job array of your own
    """
    for name in SINGLE_THREAD:  # processes, not threads, fill the machine
        os.environ.setdefault(name, "1")
    from npsolver.batch.ranges import numbers
    from npsolver.batch.scheduler import index_from_environment
    from npsolver.batch.sweep import Selection
    from npsolver.batch.sweep import sweep as run_sweep

    loaded = _load(study)
    if sum(map(bool, (index is not None, members is not None, options["slurm"]))) > 1:
        raise InputError("give one of --index, --members and --slurm")
    if listing:
        return _list(loaded)
    directory = output or str(Path("results") / loaded.name)
    if options["slurm"]:
        return _slurm(loaded, study, directory, chunk, jobs, retry_failed, quiet, options)
    if count:
        click.echo(Selection(chunk=chunk or 1).tasks(loaded))
        return 0
    task = None if index is None else index_from_environment() if index == "auto" else _whole(index)
    selection = Selection(task, chunk or 1, None if members is None else numbers(members))
    make_solver, runner = _solver(loaded), None
    if dask:
        from npsolver.batch.dask import dask_runner

        if options["member_time"] or options["member_memory"]:
            raise InputError("limits per member do not reach the workers of Dask; leave them out", key="--dask")
        runner = dask_runner(loaded, directory, make_solver, dask)
    outcome = run_sweep(
        loaded,
        directory,
        make_solver,
        jobs=jobs or (_processors() if task is None else 1),
        selection=selection,
        retry_failed=retry_failed,
        seconds=options["member_time"],
        memory=_bytes(options["member_memory"]),
        progress=None if quiet or not sys.stderr.isatty() else _show,
        runner=runner,
    )
    return _report(outcome, study, directory, quiet)


@click.command(short_help="Merge the results of a study into tables; say what is missing.")
@click.argument("study", metavar="STUDY.toml")
@output_option
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@debug_option
def collect(study, output, quiet) -> int:
    """Write table.csv, provenance.csv, and table.parquet and table.nc where their packages are installed.

    Exit code 3 if members are missing or failed, 4 if a check failed.
    """
    from npsolver.batch import collect as run_collect

    loaded = _load(study)
    directory = output or str(Path("results") / loaded.name)
    command = ["npsolver", "sweep", shlex.quote(study), *(["-o", shlex.quote(output)] if output else [])]
    found = run_collect(loaded, directory, command=command)
    if not quiet:
        _print_collection(found, len(loaded))
    for note in found.notes:
        click.echo(f"npsolver: note: {note}", err=True)
    if found.checks_failed:
        shown = "; ".join(f"member {index}: {name}" for index, name in found.wrong)
        raise RefusedError(f"{study}: {found.checks_failed} of {found.checks} checks failed: {shown}")
    if not found.complete:
        missing = f"{len(found.missing)} members missing, {len(found.failed)} failed"
        raise ConvergenceError(f"{study}: {missing}; compute them with: {'; '.join(found.commands)}")
    return 0


@click.command(short_help="Compute a result again from its own files and compare.")
@click.argument("directory", metavar="DIR")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Of a study: only N members, evenly spread.")
@click.option("--rtol", type=click.FloatRange(min=0), default=1e-9, show_default=True, help="Difference allowed.")
@debug_option
def reproduce(directory, sample, rtol) -> int:
    """Run what is stored in DIR (of `npsolver run` or `npsolver sweep`) again and compare the numbers.

    Needs no other file: the case or study is taken from DIR itself. Nothing is written.
    """
    from npsolver.batch import reproduce_result, reproduce_study, stored_study
    from npsolver.runner import run

    if (Path(directory) / "result.h5").exists():
        found = reproduce_result(directory, run, rtol)
    else:
        found = reproduce_study(directory, _solver(stored_study(directory)), sample=sample, rtol=rtol)
    for note in found.notes:
        click.echo(note)
    if found.problems:
        shown = "; ".join(found.problems[:5])
        more = f"; and {len(found.problems) - 5} more" if len(found.problems) > 5 else ""
        raise RefusedError(f"{directory}: not reproduced: {shown}{more}")
    worst = f"; largest difference {found.worst:.2g} ({found.where})" if found.worst else ""
    click.echo(f"reproduced: {found.compared} numbers, {found.identical} equal to the last bit{worst}")
    return 0


def plot_study(path: str, observables, formats) -> None:
    """Pictures of a study, given by its file or by the folder of its results."""
    from npsolver.batch import collect as run_collect
    from npsolver.batch import stored_study
    from npsolver.output.study_plots import write_study_plots

    if path.endswith(".toml"):
        loaded = _load(path)
        directory = Path("results") / loaded.name
    else:
        loaded, directory = stored_study(path), Path(path)
    found = run_collect(loaded, directory, write=False)
    for note in found.notes:
        click.echo(f"npsolver: note: {note}", err=True)
    if not found.counts["converged"]:
        raise InputError("holds no finished member of this study; npsolver sweep computes them", file=str(directory))
    for file in write_study_plots(directory, found.table, observables=observables, formats=formats):
        click.echo(file)


def is_study(path: str) -> bool:
    """Whether `path` is a study file or the folder of a study's results."""
    return path.endswith(".toml") or (Path(path) / "study.json").is_file()


def _load(path: str):
    from npsolver.case.study_load import load_study

    return load_study(path)


def _solver(study):
    from npsolver.runner.repeated import Repeated

    return partial(Repeated, study.warm_start)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _whole(text: str) -> int:
    if not text.isdigit():
        raise InputError(f"expected a whole number from 0, or auto, got {text!r}", key="--index")
    return int(text)


def _bytes(size: str | None) -> int | None:
    if size is None:
        return None
    factor = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}.get(size[-1:].upper(), 0)
    number = size[:-1] if factor else size
    try:
        value = float(number) * (factor or 1)
    except ValueError:
        raise InputError(f"expected a size such as 500M or 2G, got {size!r}", key="--member-memory") from None
    return int(value)


def _list(study) -> int:
    for index in range(len(study)):
        member = study.member(index)
        values = ", ".join(f"{key} = {value}" for key, value in member.overrides.items())
        click.echo(f"{index}  {member.id[:16]}  {values}")
    return 0


def _slurm(study, path, directory, chunk, jobs, retry_failed, quiet, options) -> int:
    from npsolver.batch.member import check_study
    from npsolver.batch.scheduler import DEFAULT_TASKS, SlurmOptions, program, slurm_script, submit, tasks_of
    from npsolver.batch.sweep import describe_changes, failed_records, unfinished, write_study
    from npsolver.output.atomic import replacing
    from npsolver.output.shards import Shards

    check_study(study)
    chunk = chunk or -(-len(study) // DEFAULT_TASKS)
    shards = Shards(directory)
    missing = unfinished(study, shards, range(len(study)), retry_failed)
    for note in describe_changes(study, Path(directory), shards):
        click.echo(f"npsolver: note: {note}", err=True)
    if not len(missing):
        click.echo(f"nothing to do: all {len(study)} members have a result in {directory}")
        if failed := failed_records(study, shards, range(len(study))):
            raise ConvergenceError(f"{path}: {failed} of these members failed; --retry-failed submits them again")
        return 0
    jobs = jobs or 1
    command = [*program(), "sweep", str(Path(path).resolve()), "-o", str(Path(directory).resolve())]
    command += ["--chunk", str(chunk), "--jobs", str(jobs), *(["--retry-failed"] if retry_failed else [])]
    for name in ("member_time", "member_memory"):
        if options[name] is not None:
            command += [f"--{name.replace('_', '-')}", str(options[name])]
    wanted = SlurmOptions(
        options["limit"],
        options["memory"],
        options["partition"],
        options["account"],
        options["concurrency"],
        jobs,
        options["extra"],
    )
    tasks = tasks_of(missing, chunk)
    text = slurm_script(study.name, command, directory, tasks, wanted)
    with replacing(directory) as files:
        files.write_text("array.sh", text)
    with replacing(Path(directory) / "logs"):
        write_study(study, Path(directory), only_if_new=False)
    script = Path(directory) / "array.sh"
    if not quiet:
        click.echo(f"{script} written: {len(missing)} members in {len(tasks)} tasks of up to {chunk}")
    if not options["no_submit"]:
        job = submit(script)
        then = f"when it has ended: npsolver collect {path} -o {directory}"
        click.echo(job if quiet else f"submitted as job {job}; {then}")
    return 0


def _show(state) -> None:
    end = "\n" if state.done == state.total else ""
    click.echo(f"\r\x1b[K{state.line()}{end}", nl=False, err=True)


def _report(outcome, study: str, directory: str, quiet: bool) -> int:
    from npsolver.batch.progress import duration

    if outcome.interrupted and sys.stderr.isatty():
        click.echo(err=True)
    for note in outcome.notes:
        click.echo(f"npsolver: note: {note}", err=True)
    done = sum(outcome.counts.values())
    if not quiet:
        words = ", ".join(f"{count} {status}" for status, count in sorted(outcome.counts.items())) or "nothing to do"
        before = f" ({outcome.before} of {outcome.total} had a result already)" if outcome.before else ""
        rate = f", {done / outcome.seconds:.3g} members/s" if done and outcome.seconds > 0.0 else ""
        click.echo(f"{words}{before}; {duration(outcome.seconds)}{rate}; results in {directory}")
    for index, status, message in outcome.failures:
        click.echo(f"npsolver: member {index}: {status}: {message}", err=True)
    if outcome.interrupted:
        raise StoppedError(
            f"{study}: stopped; {outcome.before + done} of {outcome.total} members have their result in {directory}. "
            "The same command goes on from there"
        )
    failed = outcome.failed + outcome.failed_before
    if failed:
        earlier = f", {outcome.failed_before} of them in an earlier sweep" if outcome.failed_before else ""
        raise ConvergenceError(
            f"{study}: {failed} of {outcome.total} members failed{earlier}; they are listed by npsolver collect and "
            "computed again by --retry-failed"
        )
    return 0


def _print_collection(found, total: int) -> None:
    words = ", ".join(f"{count} {status}" for status, count in sorted(found.counts.items()))
    click.echo(f"{total} members: {words}")
    if found.checks:
        click.echo(f"{found.checks - found.checks_failed} of {found.checks} checks passed")
    for index, status, message in found.failures:
        click.echo(f"  member {index}: {status}: {message}")
    for path in found.files:
        click.echo(f"  {path}")


__all__ = ["collect", "is_study", "plot_study", "reproduce", "sweep"]
