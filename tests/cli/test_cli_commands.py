"""The command line as a user meets it: exit codes, messages, files, interruption."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from shared_cases import SELECTIVE_MEMBRANE

from npsolver.cli import cli
from npsolver.cli.failures import StoppedError, exit_code
from npsolver.errors import ConvergenceError, InputError, NpsolverError, RefusedError

MEMBRANE = SELECTIVE_MEMBRANE.replace("K+-selective membrane", "Two baths")
MEMBRANE = MEMBRANE.replace("left, right", "inside, outside").replace("rtol = 1e-6", "rtol = 1e-9")

CHARGING = """
[case]
title = "Blocking cell"
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[geometry]
[[geometry.region]]
name = "electrolyte"
length = "10 um"
[boundary.left]
kind = "wall"
potential = "12 mV"
[boundary.right]
kind = "wall"
potential = "-12 mV"
[initial]
concentration = { "K+" = "1 mM", "Cl-" = "1 mM" }
[mesh]
nodes = 8000
[solve]
kind = "transient"
end_time = "100 ms"
rtol = 1e-9
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cell.toml").write_text(MEMBRANE)
    return tmp_path


def run(*arguments):
    return exit_code(cli, list(arguments))


def command(*arguments):
    return [sys.executable, "-m", "npsolver", *map(str, arguments)]


def files(directory):
    return {path.name: path.read_bytes() for path in Path(directory).iterdir()}


# --- run --------------------------------------------------------------------------------------------------------------


def test_run_writes_results_and_prints_tables(folder, capsys):
    assert run("run", "cell.toml") == 0
    out = capsys.readouterr().out
    assert "Two baths" in out
    assert "-89.0587" in out
    assert "pass" in out
    assert sorted(files("results/cell")) == ["observables.csv", "result.h5", "summary.json"]
    record = json.loads(Path("results/cell/summary.json").read_text())
    assert record["status"] == "converged"
    (check,) = record["checks"]
    assert check["passed"] is True
    assert check["error"] <= check["tolerance"] == 1e-9


def test_quiet_says_nothing(folder, capsys):
    assert run("run", "cell.toml", "-q", "-o", "out") == 0
    assert capsys.readouterr() == ("", "")


def test_values_are_set_from_the_command_line(folder):
    assert run("run", "cell.toml", "-q", "-o", "out", "--set", "boundary.right.concentration.K+=14 mM",
               "--set", "boundary.right.concentration.Cl-=14 mM") == 0  # fmt: skip
    value = json.loads(Path("out/summary.json").read_text())["observables"]["membrane_potential"]["value"]
    assert value == pytest.approx(-0.0267267 * np.log(10), rel=1e-5)


def test_plots_on_request(folder):
    assert run("run", "cell.toml", "-q", "-o", "out", "--plots", "--format", "svg", "--format", "png") == 0
    names = set(files("out"))
    assert {"concentrations.svg", "concentrations.png", "potential.svg", "fluxes.svg"} <= names
    assert run("run", "cell.toml", "-q", "-o", "out", "--no-plots") == 0
    assert sorted(files("out")) == ["observables.csv", "result.h5", "summary.json"]


def test_a_failed_expectation_is_exit_4_with_results(folder, capsys):
    assert run("run", "cell.toml", "-o", "out", "--set", "expect.0.reference=2 * nernst(K+, left, right)") in (2, 4)
    Path("cell.toml").write_text(MEMBRANE.replace('reference = "nernst(K+, inside, outside)"', 'value = "-80 mV"'))
    capsys.readouterr()
    assert run("run", "cell.toml", "-o", "out") == 4
    captured = capsys.readouterr()
    assert "FAIL" in captured.out
    assert captured.err == ("npsolver: cell.toml: 1 expectation of 1 failed: membrane_potential = -0.08 V\n")
    assert json.loads(Path("out/summary.json").read_text())["checks"][0]["passed"] is False


def test_verify_reports_error_estimates(folder, capsys):
    assert run("run", "cell.toml", "-o", "out", "--verify") == 0
    assert "±" in capsys.readouterr().out
    observable = json.loads(Path("out/summary.json").read_text())["observables"]["membrane_potential"]
    assert observable["error_estimate"] < 1e-9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "cell.toml", "--set", "boundary.left.potental=1"], "did you mean 'potential'"),
        (["run", "cell.toml", "--set", "nonsense"], "key=value"),
        (["run", "cel.toml"], "cel.toml"),
        (["run", "cell.toml", "--restart"], "no checkpoint"),
        (["run", "cell.toml", "-o", "cell.toml"], "not a folder"),
        (["run", "cell.toml", "--set", "expect.0.reference=nerst(K+, left, right)"], "did you mean 'nernst'"),
        (["run"], "Missing argument"),
        (["run", "cell.toml", "--threads", "0"], "--threads"),
        (["walk"], "No such command"),
        (["validate", "nowhere"], "no such file or folder"),
        (["validate"], "cases"),
        (["new", "cell"], "exists already"),
        (["new", "other", "-t", "membrain"], "unknown template"),
        (["plot", "."], "no result here"),
        (["report", "."], "no result here"),
    ],
)
def test_wrong_input_is_exit_2_and_one_paragraph(arguments, words, folder, capsys):
    before = files(".")
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""
    assert {name: data for name, data in files_and_folders(".").items() if name in before} == before


def files_and_folders(directory):
    return {path.name: path.read_bytes() for path in Path(directory).iterdir() if path.is_file()}


def test_wrong_input_leaves_an_earlier_result_alone(folder):
    assert run("run", "cell.toml", "-q", "-o", "out") == 0
    before = files("out")
    assert run("run", "cell.toml", "-o", "out", "--set", "boundary.left.kind=tub") == 2
    assert files("out") == before


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [("ConvergenceError", 3, "not-converged"), ("RefusedError", 4, "refused")],
)
def test_failures_of_the_solver_leave_a_note_beside_the_earlier_result(
    error, code, status, folder, capsys, monkeypatch
):
    import npsolver.errors
    import npsolver.runner

    assert run("run", "cell.toml", "-q", "-o", "out") == 0
    before = files("out")

    def fail(*_, **__):
        raise getattr(npsolver.errors, error)("Newton stopped at 0.3 V")

    monkeypatch.setattr(npsolver.runner, "run", fail)
    assert run("run", "cell.toml", "-o", "out") == code
    after = files("out")
    record = json.loads(after.pop("failed-summary.json"))
    assert (record["status"], record["message"]) == (status, "Newton stopped at 0.3 V")
    assert after == before
    assert capsys.readouterr().err == "npsolver: Newton stopped at 0.3 V\n"
    monkeypatch.undo()
    os.chdir(folder)
    assert run("run", "cell.toml", "-q", "-o", "out") == 0
    assert "failed-summary.json" not in files("out")


def test_help_the_readme_and_the_page_on_results_name_every_exit_code(capsys):
    assert run("--help") == 0
    listed = dict(re.findall(r"^ +(\d+) +(\S.*)$", capsys.readouterr().out, re.MULTILINE))
    root = Path(__file__).parents[2]
    page = dict(re.findall(r"^\| (\d+) \| (.+) \|$", (root / "docs" / "results.md").read_text(), re.MULTILINE))
    readme = re.findall(r"(\d+) [a-z]", (root / "README.md").read_text().partition("Exit codes: ")[2].partition(".")[0])
    raised = {error.exit_code for error in (NpsolverError, InputError, ConvergenceError, RefusedError, StoppedError)}
    for codes in (set(listed), set(page), set(readme)):
        assert {int(code) for code in codes} == raised | {0}


def test_the_unexpected_is_exit_1_and_debug_shows_it(folder, capsys, monkeypatch):
    import npsolver.runner

    monkeypatch.setattr(npsolver.runner, "run", lambda *_, **__: {}["gone"])
    assert run("run", "cell.toml", "-o", "out") == 1
    assert capsys.readouterr().err == (
        "npsolver: unexpected KeyError: 'gone'; this is a fault of npsolver, re-run with --debug to see where\n"
    )
    assert run("run", "cell.toml", "-o", "out", "--debug") == 1
    assert "Traceback" in capsys.readouterr().err


def test_out_of_memory_is_said_plainly(folder, capsys, monkeypatch):
    import npsolver.runner

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(npsolver.runner, "run", fail)
    assert run("run", "cell.toml", "-o", "out") == 1
    assert "not enough memory" in capsys.readouterr().err


# --- interruption -----------------------------------------------------------------------------------------------------


def wait_for(path, process):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def datasets(path):
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("provenance"):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    (folder / "charging.toml").write_text(CHARGING)
    done = subprocess.run(
        command("run", "charging.toml", "-q", "-o", "out"), cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not (folder / "out" / "checkpoint.h5").exists()
    return datasets(folder / "out" / "result.h5")


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_transient_continues_to_the_same_bits(number, tmp_path, uninterrupted):
    (tmp_path / "charging.toml").write_text(CHARGING)
    arguments = command("run", "charging.toml", "-q", "-o", "out")
    process = subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path / "out" / "checkpoint.h5", process)
    process.send_signal(number)
    _, message = process.communicate(timeout=60)
    if number == signal.SIGINT:
        assert process.returncode == 130
        expected = "npsolver: charging.toml: interrupted; continue with: npsolver run charging.toml -o out --restart\n"
        assert message == expected
    assert not (tmp_path / "out" / "result.h5").exists()
    done = subprocess.run([*arguments, "--restart"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = datasets(tmp_path / "out" / "result.h5")
    assert found.keys() == uninterrupted.keys()
    for name, values in uninterrupted.items():
        assert np.array_equal(found[name], values), name
    assert not (tmp_path / "out" / "checkpoint.h5").exists()


def test_restart_of_another_case_is_refused(folder, capsys):
    from npsolver.case import loads
    from npsolver.output import write_checkpoint

    write_checkpoint("out", loads(MEMBRANE, "cell.toml"), {"x": 1.0})
    assert run("run", "cell.toml", "-o", "out", "--restart", "--set", "model.temperature=300 K") == 2
    assert "model.temperature is 300.0, was 310.15" in capsys.readouterr().err


def test_a_pipe_that_closes_early_is_no_error(folder):
    script = f"{sys.executable} -m npsolver schema | head -c 10"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert done.stderr == ""


# --- the others -------------------------------------------------------------------------------------------------------


def test_validate_reports_all_and_returns_the_worst(folder, capsys):
    Path("cases").mkdir()
    Path("cases/a.toml").write_text(MEMBRANE)
    assert run("validate") == 0
    assert "1 case: 1 check passed, 0 failed" in capsys.readouterr().out
    Path("cases/deep").mkdir()
    Path("cases/deep/b.toml").write_text(MEMBRANE.replace("nernst(K+, inside, outside)", "nernst(K+, outside, inside)"))
    Path("cases/c.toml").write_text(MEMBRANE.replace("310.15 K", "hot"))
    Path("cases/d.toml").write_text(MEMBRANE.partition("[[expect]]")[0])
    assert run("validate", "cases") == 4
    captured = capsys.readouterr()
    assert "FAIL" in captured.out
    assert "no expectations" in captured.out
    assert "4 cases: 1 check passed, 1 failed, 1 case did not run, 1 without [[expect]]" in captured.out
    assert captured.err.startswith("cases/c.toml: model: temperature")
    assert run("validate", "cases/c.toml") == 2
    assert run("validate", "-q", "cases/a.toml", "cases/a.toml") == 0
    assert not Path("results").exists()


def test_new_starts_a_case_that_validates(folder, capsys):
    assert run("new", "fresh", "--template", "membrane") == 0
    assert run("validate", "fresh.toml") == 0
    capsys.readouterr()
    assert run("new", "--list") == 0
    assert capsys.readouterr().out.startswith("membrane")


def test_schema_is_json(folder, capsys):
    assert run("schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert "species" in schema["properties"]
    assert run("schema", "-o", "schema.json") == 0
    assert json.loads(Path("schema.json").read_text()) == schema


def test_info_names_versions_and_solvers(capsys):
    assert run("info") == 0
    out = capsys.readouterr().out
    for word in ("npsolver", "numpy", "OpenMP", "linear solvers", "processors", "salts"):
        assert word in out


def test_plot_and_report_from_an_earlier_run(folder, capsys):
    assert run("run", "cell.toml", "-q", "-o", "out") == 0
    assert run("plot", "out", "--format", "svg") == 0
    assert "potential.svg" in capsys.readouterr().out
    assert run("report", "out") == 0
    assert "nernst(K+, inside, outside)" in Path("out/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["run", "validate", "new", "schema", "info", "plot", "report"])
def test_every_command_explains_itself(name, capsys):
    assert run(name, "--help") == 0
    assert len(capsys.readouterr().out) > 100


def test_help_is_instant_and_imports_nothing_heavy():
    code = (
        "import sys; from npsolver.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.split("\n")[-2].split())
    assert not loaded & {"numpy", "scipy", "h5py", "matplotlib", "pint", "rich", "npsolver.runner"}
    times = []
    for _ in range(3):
        before = os.times()
        subprocess.run(command("--help"), check=True, capture_output=True)
        after = os.times()  # processor time: the machine may be busy
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert min(times) < 0.25


def test_a_small_run_imports_neither_pint_nor_matplotlib_nor_rich(folder):
    code = (
        "import sys; from npsolver.cli import main\n"
        "try: main(['run', 'cell.toml', '--no-plots', '-q'])\nexcept SystemExit as stop: assert not stop.code\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout.split()) & {"pint", "matplotlib", "rich"}


def test_version(capsys):
    assert run("--version") == 0
    assert "0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rum", "cell.toml"], "No such command 'rum'. Did you mean 'run'?"),
        (["cell.toml"], "To solve the case: npsolver run cell.toml"),
        (["report", "cell.toml"], "there are no results in results/cell; first: npsolver run cell.toml"),
        (["run", "cell.toml", "--set", "temperature=300"], "unknown key 'temperature'; it belongs into [model]"),
    ],
)
def test_hints_for_what_is_easily_mistaken(arguments, words, folder, capsys):
    assert run(*arguments) == 2
    assert words in capsys.readouterr().err


def test_results_are_found_by_their_case_file(folder, capsys):
    assert run("run", "cell.toml", "-q", "--no-plots") == 0
    assert run("report", "cell.toml") == 0
    assert run("plot", "cell.toml") == 0
    assert run("export", "cell.toml", "--vtk") == 0
    for name in ("report.html", "potential.png", "fields.vtu"):
        assert (folder / "results" / "cell" / name).is_file()


def test_every_command_has_a_whole_sentence_in_the_help(capsys):
    assert run("--help") == 0
    commands = capsys.readouterr().out.partition("Commands:")[2].strip().splitlines()
    assert len(commands) >= 14
    assert all(line.endswith(".") and not line.endswith("...") for line in commands)
