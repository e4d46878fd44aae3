"""What a case without a mesh computes, writes, reads back and draws."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from law_texts import ALLOY, AXON, CELL, NERNST, OCV, POURBAIX, SURFACE, SWEEP, TEXTS, checks_of

import npsolver
from npsolver import equilibrium
from npsolver.cli import cli
from npsolver.cli.failures import exit_code
from npsolver.equilibrium.catalogue import laws
from npsolver.errors import InputError
from npsolver.output import read_result, write_plots, write_report, write_result
from npsolver.output.law_plots import law_figures


def run(text, **overrides):
    return npsolver.run(npsolver.loads(text, "case.toml", overrides))


def test_catalogue_matches_the_functions():
    import inspect

    for law in laws().values():
        parameters = inspect.signature(getattr(equilibrium, law.name)).parameters
        assert set(law.parameters) <= set(parameters), law.name
        required = {name for name, item in parameters.items() if item.default is item.empty}
        assert required == {name for name, item in law.parameters.items() if not item.optional}, law.name


def test_sweep_equals_single_points():
    curve = run(NERNST + SWEEP)
    for value, expected in zip(curve.axis, curve.observables["E_K"].value):
        single = run(NERNST, **{"input.K_out": float(value)})
        assert single.observables["E_K"].value == expected


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("model.temperature", ["290 K", "310 K"]),
        ("law.V.c_out.K+", ["1 mM", "10 mM"]),
        ("law.V.P.Na+", [0.01, 0.1]),
        ("law.V.T", [300, 310]),
    ],
)
def test_anything_given_can_be_swept(target, values):
    law = """
[[law]]
name = "V"
law = "ghk_voltage"
[law.inputs]
P = { "K+" = 1, "Na+" = 0.05 }
c_in = { "K+" = "140 mM", "Na+" = "12 mM" }
c_out = { "K+" = "5 mM", "Na+" = "145 mM" }
T = 305
"""
    text = NERNST.replace("[[expect]]", law + f'[[sweep]]\nparameter = "{target}"\nvalues = {values}\n[[expect]]')
    found = run(text).observables
    changed = "E_K" if target == "model.temperature" else "V"
    assert found[changed].value[0] != found[changed].value[1]


def test_two_sweeps_make_a_map():
    second = '[[sweep]]\nparameter = "input.K_in"\nvalues = { from = "100 mM", to = "200 mM", points = 11 }\n'
    solution = run(NERNST.split("[[expect]]")[0] + SWEEP + second)
    assert solution.arrays["E_K"].values.shape == (11, 5)
    assert [item["type"] for item in solution.figures] == ["map"]
    np.testing.assert_array_equal(solution.arrays["E_K"].values[-1], solution.observables["E_K"].value)


def test_expectation_on_two_axes():
    second = '[[sweep]]\nparameter = "input.K_in"\nvalues = ["100 mM", "200 mM"]\n'
    expect = (
        '[[expect]]\nobservable = "E_K"\nreference = "R*T/F*log(K_out/K_in)"\nrtol = 1e-12\nat = ["1 mM", "100 mM"]\n'
    )
    case = npsolver.loads(NERNST.split("[[expect]]")[0] + SWEEP + second + expect)
    (item,) = checks_of(case, npsolver.run(case))
    assert item.passed
    assert item.value == pytest.approx(-0.123081, rel=1e-5)


def test_failed_expectation_is_seen():
    case = npsolver.loads(NERNST.replace("-89.059", "-88.059"))
    (item,) = checks_of(case, npsolver.run(case))
    assert not item.passed
    case = npsolver.loads(NERNST.replace('observable = "E_K"', 'observable = "E_k"'))
    solution = npsolver.run(case)
    with pytest.raises(InputError, match=r"unknown observable 'E_k'; did you mean 'E_K'"):
        checks_of(case, solution)


def test_units_of_expectations_are_checked():
    case = npsolver.loads(NERNST.replace('"-89.059 mV"', '"5 mM"'))
    solution = npsolver.run(case)
    with pytest.raises(InputError, match="expect 1"):
        checks_of(case, solution)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("maximum", 0.040),
        ("first", -0.065),
        ("at_maximum", 2.8e-3),
        ("crossing", 2.6e-3),
        ("average", None),
        ("integral", None),
        ("minimum", -0.065),
        ("change", None),
    ],
)
def test_reductions(kind, expected):
    value = '\nvalue = "0 V"' if kind == "crossing" else ""
    solution = run(AXON + f'[[observable]]\nname = "it"\nkind = "{kind}"\nof = "membrane_potential"{value}\n')
    item = solution.observables["it"]
    assert item.unit == {"at_maximum": "s", "crossing": "s", "integral": "V*s"}.get(kind, "V")
    if expected is not None:
        assert item.value == pytest.approx(expected, rel=0.1)
    curve = solution.observables["membrane_potential"].value
    if kind == "change":
        assert item.value == curve[-1] - curve[0]
    if kind == "average":
        assert curve.min() < item.value < curve.max()


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ('kind = "maximum"\nof = "potential"', "there is no curve 'potential'"),
        ('kind = "maximum"\nof = "spikes"', "there is no curve 'spikes'"),
        ('kind = "crossing"\nof = "membrane_potential"\nvalue = "9 V"', "never takes this value"),
        ('kind = "crossing"\nof = "membrane_potential"\nvalue = "9 mM"', "in V, got one in mol/m^3"),
        ('kind = "maximum"\nof = "membrane_potential"\nfrom = "4 ms"\nto = "3 ms"', "at least two points"),
    ],
)
def test_bad_reductions(extra, message):
    with pytest.raises(InputError, match="observable 'it'") as caught:
        run(AXON + f'[[observable]]\nname = "it"\n{extra}\n')
    assert message in str(caught.value)


def test_cell_equals_the_library():
    solution = run(CELL)
    cell = npsolver.loads(CELL).spec.cell
    times = [0.0, 60.0, 120.0]
    course = equilibrium.simulate_cell(cell, times, interventions=(equilibrium.Intervention(60.0, "pump", 0.0),))
    np.testing.assert_allclose(solution.observables["membrane_potential"].value, course.potential, rtol=1e-12)
    assert solution.observables["membrane_potential"].value[1] == pytest.approx(-0.07, abs=1e-6)


def test_resting_cell():
    rest = CELL.split("[[intervention]]")[0] + '[solve]\nkind = "resting"\nend_time = "1e6 s"\n'
    assert run(rest).observables["membrane_potential"].value[-1] == pytest.approx(-0.07, abs=1e-6)
    with pytest.raises(npsolver.ConvergenceError, match=r"case.toml: no resting state within 100 s"):
        run(
            rest.replace("1e6 s", "100 s")
            .replace('inside = "15 mM"', 'inside = "15 mM"\ncharge = 1')
            .replace('species = "Na+"\nbalance = true', 'species = "Na+"\nconductance = "1 S/m^2"')
        )


def test_diagram_equals_the_library():
    solution = run(POURBAIX)
    diagram = equilibrium.pourbaix_diagram("Fe", points=(20, 20))
    np.testing.assert_array_equal(solution.arrays["field"].values, diagram.winner)
    assert solution.observables["rust"].value == 1.0
    assert len(solution.tables["boundaries"]) == 1 + len(diagram.boundaries)


def test_alloy_reports_its_progress():
    seen = []
    case = npsolver.loads(ALLOY)
    solution = npsolver.run(case, progress=lambda fraction, text: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert 0.99 <= solution.observables["kept"].value <= 1.0 + 1e-9


def test_surface_energy_is_per_area():
    text = SURFACE + '[[probe]]\nname = "w"\nkind = "energy"\nph = 0\npotential = "1.5 V"\n'
    assert run(text).observables["w"].value == pytest.approx(-0.5 * 1.602176634e-19 / 0.2e-18, rel=1e-9)


def test_verify_and_restart_make_no_sense():
    case = npsolver.loads(NERNST, "case.toml")
    with pytest.raises(InputError, match="--verify refines meshes"):
        npsolver.run(case, verify=True)


def test_files_and_pictures(text, tmp_path):
    case = npsolver.loads(text, "case.toml")
    solution = npsolver.run(case)
    checks = checks_of(case, solution)
    names = [path.name for path in write_result(tmp_path, case, solution, checks=checks, plot_formats=("png",))]
    record = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert record["status"] == "converged"
    assert record["case"]["sha256"] == case.sha256
    assert set(record["files"]) == set(names)
    rows = list(csv.reader((tmp_path / "observables.csv").open(encoding="utf-8")))
    assert len(rows) > 1
    result = read_result(tmp_path)
    assert result.effective == case.effective
    assert list(result.solution.observables) == list(solution.observables)
    for name, item in solution.observables.items():
        np.testing.assert_array_equal(result.solution.observables[name].value, item.value)
        assert result.solution.observables[name].unit == item.unit
    for name, item in solution.arrays.items():
        np.testing.assert_array_equal(result.solution.arrays[name].values, item.values)
        assert result.solution.arrays[name].dims == item.dims
    drawn = {name: (tmp_path / name).read_bytes() for name in names if name.endswith(".png")}
    assert len(drawn) == len(solution.figures)
    if case.kind in ("equilibrium", "ocv"):  # diagrams take their time to draw, once is enough
        again = write_plots(tmp_path, result, ("png",))
        assert {path.name: path.read_bytes() for path in again} == drawn
        assert "<h1>" in write_report(tmp_path, result).read_text(encoding="utf-8")


def test_pictures_have_labels():
    for text in (TEXTS["sweep"], OCV, CELL):
        solution = run(text)
        for _, figure in law_figures(solution, checks=[]):
            for axes in figure.axes:
                assert axes.get_ylabel()
            assert figure.axes[-1].get_xlabel()
            figure.canvas.draw()


def test_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nernst.toml").write_text(NERNST, encoding="utf-8")
    assert exit_code(cli, ["run", "nernst.toml", "--set", "input.K_out=5.0 mM"]) == 0
    assert "-89.0587" in capsys.readouterr().out
    assert exit_code(cli, ["run", "nernst.toml", "-q", "--set", "input.K_out=6 mM"]) == 4
    assert exit_code(cli, ["run", "nernst.toml", "--verify"]) == 2
    assert exit_code(cli, ["run", "nernst.toml", "--restart"]) == 2
    capsys.readouterr()
    assert exit_code(cli, ["validate", "nernst.toml"]) == 0
    assert "1 check passed" in capsys.readouterr().out
    assert exit_code(cli, ["plot", "results/nernst"]) == 0
    for template in ("equilibrium", "ocv"):
        assert exit_code(cli, ["new", template, "-t", template]) == 0
        assert exit_code(cli, ["validate", f"{template}.toml"]) == 0
    assert exit_code(cli, ["schema", "--kind", "pourbaix"]) == 0
    assert '"CompoundSection"' in capsys.readouterr().out


def test_measured_curve_comes_from_a_file(tmp_path):
    q = np.linspace(0, 1, 50)
    rows = "\n".join(f"{a},{b}" for a, b in zip(q, 3.4 + 0.1 * q))
    (tmp_path / "curve.csv").write_text("q,U\n" + rows + "\n", encoding="utf-8")
    text = '[case]\nkind = "ocv"\n[measured]\nfile = "curve.csv"\ncapacity = "q"\npotential = "U"\n'
    path = tmp_path / "case.toml"
    path.write_text(text, encoding="utf-8")
    case = npsolver.load(path)
    solution = npsolver.run(case)
    assert solution.observables["charge"].value == pytest.approx(3600.0)
    assert solution.observables["spectrum_charge"].value == pytest.approx(3600.0, rel=1e-2)
    (tmp_path / "curve.csv").write_text("q,U\n" + rows.replace("3.4,", "3.41,", 1) + "\n0,0\n", encoding="utf-8")
    assert npsolver.load(path).sha256 != case.sha256
    for content, message in (("q,V\n1,2\n", "no column 'U'"), ("q,U\n1,x\n", "expected a number, got 'x'")):
        (tmp_path / "curve.csv").write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            npsolver.load(path)
    with pytest.raises(InputError, match=r"'other.csv' cannot be read"):
        npsolver.loads(text.replace("curve.csv", "other.csv"), str(path))
