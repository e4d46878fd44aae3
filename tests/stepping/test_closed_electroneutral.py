"""Closed electroneutral cells: a wall that says where the potential is counted from, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import npsolver
from npsolver.errors import InputError
from npsolver.runner import run
from npsolver.validation import check

THREE_SALTS = (Path(__file__).parents[2] / "cases" / "transients" / "three-salts-mixing.toml").read_text(encoding="utf-8")


def electroneutral(text: str = THREE_SALTS) -> str:
    assert 'physics = "pnp"' in text
    return text.replace('physics = "pnp"', 'physics = "electroneutral"')


def test_three_salts_mix_in_a_closed_column():
    case = npsolver.loads(electroneutral())
    solution = run(case)
    failed = [c for c in check(case, solution) if not c.passed]
    assert not failed
    assert max(solution.conservation.values()) < 1e-12
    charge = np.array([species.charge for species in case.model.species])
    net = np.einsum("i,tic->tc", charge, solution.concentration)
    assert np.abs(net).max() < 1e-9 * solution.concentration.max()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_side_of_the_reference_shifts_the_potential_only(side):
    text = electroneutral().partition("[[expect]]")[0].replace('potential = "0 V"', "")
    text = text.replace(f'[boundary.{side}]\nkind = "wall"\n', f'[boundary.{side}]\nkind = "wall"\npotential = "0.3 V"\n')
    found, expected = run(npsolver.loads(text)), run(npsolver.loads(electroneutral()))
    assert found.concentration[-1] == pytest.approx(expected.concentration[-1], rel=1e-4, abs=1e-8)
    assert found.potential[:, 0 if side == "left" else -1] == pytest.approx(0.3)


def test_two_potentials_at_blocking_walls_are_refused():
    text = electroneutral().replace('[boundary.left]\nkind = "wall"\n', '[boundary.left]\nkind = "wall"\npotential = "1 V"\n')
    with pytest.raises(InputError, match="blocking wall"):
        npsolver.loads(text)
