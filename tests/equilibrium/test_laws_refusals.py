"""Numbers that no physical system can have are refused by name; loading stays lazy."""

import subprocess
import sys

import numpy as np
import pytest

from npsolver import equilibrium as eq
from npsolver.errors import InputError

T = 298.15
NAN, INF = float("nan"), float("inf")

# call, its good arguments, and for each position the bad values with the name they must be refused under
CASES = [
    (eq.nernst_potential, (1, 10.0, 100.0, T),
     [(0, 0, "z"), (1, 0.0, "a_in"), (1, -1.0, "a_in"), (2, INF, "a_out"), (2, [1, -2], "a_out"),
      (3, 0.0, "temperature"), (3, -1.0, "temperature"), (3, NAN, "temperature")]),
    (eq.ghk_current, (1, 1e-8, 10.0, 100.0, 0.0, T),
     [(0, 0, "z"), (1, -1.0, "P"), (2, -1.0, "c_in"), (3, NAN, "c_out"), (4, INF, "V"), (5, 0, "temperature")]),
    (eq.ghk_voltage, ([1, -1], [1, 1], [1, 2], [3, 4], T),
     [(0, [0, 0], "charge"), (1, [1, -1], "P"), (1, [1], "P"), (2, [0, NAN], "c_in"), (4, -5, "temperature")]),
    (eq.chord_current, (1.0, 0.0, 0.1), [(0, -1.0, "g"), (1, NAN, "membrane_potential"), (2, "x", "equilibrium")]),
    (eq.chord_voltage, ([1.0, 2.0], [0.1, 0.2]), [(0, [0.0, 0.0], "g"), (1, [0.1], "equilibrium_potential")]),
    (eq.transfer_energy, (1, 1.0, 2.0, 0.1, T), [(1, 0.0, "a_from"), (2, -1.0, "a_to"), (4, 0, "temperature")]),
    (eq.donnan, ([1, -1], [10, 10], -5.0, T),
     [(1, [10, -10], "c_bath"), (1, [0, 0], "c_bath"), (2, NAN, "fixed_charge"), (3, 0, "temperature")]),
    (eq.teorell_meyer_sievers, (1.0, 10.0, -5.0, 1e-9, 1e-9, T),
     [(0, 0.0, "c_left"), (1, -1, "c_right"), (3, 0.0, "D_cation")]),
    (eq.henderson, ([1, -1], [1, 1], [1, 1], [2, 2], T),
     [(1, [0, 1], "D"), (2, [0, 0], "c_left"), (3, [-1, 1], "c_right")]),
    (eq.planck, ([1, -1], [1, 1], [1, 1], [2, 2], T),
     [(1, [1, 1, 1], "D"), (2, [1, 2], "c_left"), (3, [0, 0], "c_right")]),
    (eq.grahame_charge, ([1, -1], [1, 1], 0.1, T, 78.4),
     [(1, [1, 2], "c_bulk"), (2, NAN, "potential"), (4, 0.0, "permittivity")]),
    (eq.debye_length, ([1, -1], [1, 1], T, 78.4), [(1, [0, 0], "c"), (2, 0, "temperature"), (3, -1, "permittivity")]),
    (eq.gouy_chapman, (0.1, 1.0, 1, T), [(1, -1.0, "x_over_debye"), (2, -1, "z"), (2, 0, "z")]),
    (eq.nernst_hartley, (1, -1, 1e-9, 1e-9), [(0, -1, "z_cation"), (1, 1, "z_anion"), (2, 0.0, "D_cation")]),
    (eq.limiting_current, (1, -1, 1e-9, 1.0, 1e-4),
     [(1, 0, "z_anion"), (4, 0.0, "thickness"), (3, -1.0, "c_cation")]),
    (eq.cottrell_current, (1, 1.0, 1e-9, 1.0), [(0, 0, "n"), (2, -1e-9, "D"), (3, 0.0, "t")]),
    (eq.sand_time, (1.0, 1, 1.0, 1e-9), [(0, 0.0, "j"), (1, 0, "n"), (2, 0.0, "c")]),
    (eq.blocking_impedance, (1.0, [1, -1], [1e-9, 1e-9], [1, 1], 78.4, 1e-6, T),
     [(0, 0.0, "frequency"), (3, [1, 2], "c"), (5, 0.0, "gap")]),
    (eq.step_charge, (1.0, 1e-3, [1, -1], [1e-9, 1e-9], [1, 1], 78.4, 1e-6, T),
     [(0, 0.0, "time"), (1, NAN, "voltage")]),
    (eq.pitzer, ("NaCl", 0.1), [(0, "unobtainium", "salt"), (1, -0.1, "molality"), (1, NAN, "molality")]),
    (eq.debye_hueckel, (1, 100.0, T), [(1, -1.0, "strength"), (2, 0, "temperature")]),
    (eq.electrode_potential, (0.1, 1, 1.0, 1.0, T), [(1, 0, "n"), (2, 0.0, "a_ox"), (3, -1.0, "a_red")]),
    (eq.exchange_current, (1e-5, 1, 1.0, 1.0), [(0, 0.0, "k0"), (2, 0.0, "c_ox"), (3, -1.0, "c_red")]),
    (eq.butler_volmer, (0.1, 1.0, T), [(0, NAN, "eta"), (1, 0.0, "j0"), (2, 0, "temperature")]),
    (eq.semiconductor_fermi_level, (1e25, 1e25, 1.1, 300.0), [(0, 0.0, "N_c"), (2, -1.0, "gap")]),
    (eq.acid_fractions, (7.0, [6.0]), [(0, NAN, "pH"), (1, [INF], "pK")]),
]  # fmt: skip
BAD = [(f, good, i, value, name) for f, good, bad in CASES for i, value, name in bad]


@pytest.mark.parametrize(("f", "good", "position", "value", "name"), BAD, ids=lambda v: getattr(v, "__name__", None))
def test_bad_input_is_refused_by_name(f, good, position, value, name):
    f(*good)
    arguments = [*good[:position], value, *good[position + 1 :]]
    with pytest.raises(InputError) as refused:
        f(*arguments)
    assert name in str(refused.value)
    assert refused.value.exit_code == 2


def test_every_advertised_name_exists():
    for name in eq.__all__:
        assert getattr(eq, name) is not None
    assert not set(eq._MODULES) & set(eq._HOME), "a function named like a module would be shadowed by it"
    with pytest.raises(AttributeError, match="no attribute"):
        eq.phlogiston  # noqa: B018


def test_simple_laws_do_not_load_scipy():
    code = (
        "import sys; from npsolver import equilibrium as eq;"
        "eq.nernst_potential(1, 1, 2, 300); eq.ghk_voltage([1, 2], [1, 1], [1, 2], [2, 1], 300);"
        "eq.donnan([1, -1], [1, 1], 5, 300); eq.grahame_potential([1, -1], [1, 1], .01, 300, 80);"
        "sys.exit(any(name.split('.')[0] == 'scipy' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("law", [eq.nernst_potential, eq.ghk_current])
def test_laws_broadcast(law):
    good = next(good for f, good, _ in CASES if f is law)
    grid = [np.full((3, 1), good[1]), np.full(4, good[2])]
    assert law(good[0], *grid, *good[3:]).shape == (3, 4)
    assert np.ndim(law(*good)) == 0
