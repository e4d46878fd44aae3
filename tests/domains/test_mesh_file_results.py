"""Results of cases with a mesh file can be computed again from their folder."""

from __future__ import annotations

import pytest
from test_domain_refusals import FROM_FILE, SQUARE

import npsolver
from npsolver.batch import reproduce_result
from npsolver.output import write_result


@pytest.mark.parametrize("place", ["", "meshes/"])
def test_the_folder_is_enough(tmp_path, place):
    home = tmp_path / "home"
    (home / "meshes").mkdir(parents=True)
    mesh = home / f"{place}square.msh"
    mesh.write_text(SQUARE, encoding="utf-8")
    path = home / "case.toml"
    path.write_text(FROM_FILE.replace("square.msh", f"{place}square.msh"), encoding="utf-8")
    case = npsolver.load(path)
    names = [file.name for file in write_result(tmp_path / "run", case, npsolver.run(case))]
    assert "square.msh" in names
    mesh.unlink()
    found = reproduce_result(tmp_path / "run", npsolver.run)
    assert found.problems == []
    assert found.identical == found.compared > 5


def test_a_mesh_beside_the_results_stays_the_users_own(tmp_path):
    (tmp_path / "square.msh").write_text(SQUARE, encoding="utf-8")
    path = tmp_path / "case.toml"
    path.write_text(FROM_FILE, encoding="utf-8")
    case = npsolver.load(path)
    solution = npsolver.run(case)
    assert "square.msh" not in [file.name for file in write_result(tmp_path, case, solution)]
    assert reproduce_result(tmp_path, npsolver.run).problems == []
