"""The Python snippets of README and documentation run, one after the other, and say what their comments claim."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import npsolver

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def membrane() -> str:
    """The case of the README."""
    (text,) = [text for text in blocks("README.md", "toml") if "[boundary.left]" in text]
    return text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "membrane.toml").write_text(membrane(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executed(page: str) -> dict:
    names: dict = {}
    for number, text in enumerate(blocks(page, "python"), start=1):
        exec(compile(text, f"{page}, snippet {number}", "exec"), names)
    return names


def test_readme(folder):
    assert executed("README.md")["solution"].status == "converged"


def test_page(folder, capsys):
    names = executed("docs/python.md")
    objects = names["by_objects"].observables["membrane_potential"].value
    lines = capsys.readouterr().out.splitlines()
    (printed,) = [line for line in lines if line.strip().startswith("membrane_potential =") and "V" in line][:1]
    # the two ways to put a case together are one case
    assert float(printed.split()[2]) == pytest.approx(objects, rel=1e-6)
    assert names["slope"] == pytest.approx(0.0615, abs=1e-4)
    assert names["transient"].observables["middle"].value.shape == (3,)
    assert names["time"][-1] == 1e-3
    assert set(np.round(names["transient"].series["current"].values, 12)) == {1.0}
    assert names["x_inside"].max() == pytest.approx(50e-9)
    assert names["voltage"].shape == (11,)
    assert names["nernst"] == pytest.approx(names["again"].observables["membrane_potential"].value, rel=1e-9)
    assert all(item.passed for item in names["checks"])
    np.testing.assert_array_equal(names["again"].potential, names["solution"].potential)
    assert names["same"].sha256 == names["case"].sha256
    for file in ("potential.png", "results/membrane/potential.svg", "results/membrane/report.html"):
        assert (folder / file).stat().st_size > 1000


JUNCTION = {
    "species": (npsolver.Species("K+", 1, 1.957e-9), npsolver.Species("Cl-", -1, 2.03e-9)),
    "regions": (npsolver.Region("film"),),
}


def bath(name: str, cation: float = 10.0, anion: float = 10.0, **law):
    return npsolver.Boundary(name, "bath", concentration={"K+": cation, "Cl-": anion}, **(law or {"potential": 0.0}))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"left": bath("left", 10.0, 11.0)}, r"boundary left: concentration: the bath carries a net charge, .* -1 mol"),
        ({"left": npsolver.Boundary("left", "bath", {"K+": 1.0}, potential=0.0)}, "missing: Cl-; a bath holds every"),
        ({"left": npsolver.Boundary("left", "bath", {"Na+": 1.0}, potential=0.0)}, "unknown species 'Na\\+'"),
        ({"left": bath("right")}, "is called 'right' in its own law"),
        ({"top": bath("top")}, "boundary: the geometry has left, right, the model right, top"),
        ({"left": bath("left", current=0.0), "right": bath("right", current=0.0)}, "both ends float"),
    ],
)
def test_objects_that_do_not_fit_are_refused(model, message):
    boundaries = {"right": bath("right"), **model} | ({} if "top" in model else {"left": model["left"]})
    model = npsolver.Model(boundaries=boundaries, **JUNCTION)
    case = npsolver.Case(title="objects", model=model, geometry=npsolver.Geometry("cartesian", (("film", 1e-6),)))
    with pytest.raises(npsolver.InputError, match=message):
        npsolver.run(case)


def test_regions_must_be_those_of_the_geometry():
    model = npsolver.Model(boundaries={"left": bath("left"), "right": bath("right")}, **JUNCTION)
    case = npsolver.Case(title="objects", model=model, geometry=npsolver.Geometry("cartesian", (("gel", 1e-6),)))
    with pytest.raises(npsolver.InputError, match="region: the geometry has gel, the model film"):
        npsolver.run(case)
    with pytest.raises(npsolver.InputError, match=r"has no keys such as 'mesh\.refine'"):
        case.with_values({"mesh.refine": 2})
