"""Onsager and Fuoss: identities, closed forms for one salt, and the route of the original paper."""

from __future__ import annotations

import numpy as np
import pytest

from npsolver.equilibrium import (
    bjerrum_length,
    diffusion_matrix,
    nernst_hartley_matrix,
    onsager_limiting_law,
    salt_from_onsager,
    stokes_transference,
)
from npsolver.errors import InputError
from npsolver.units import AVOGADRO, ELEMENTARY_CHARGE, FARADAY, GAS_CONSTANT

T, VISCOSITY, PERMITTIVITY = 298.15, 0.89e-3, 78.4
RT = GAS_CONSTANT * T
THICK = 1e30  # Pa s: no electrophoresis


def mixture(seed: int):
    """Two to five ions, electroneutral."""
    random = np.random.default_rng(seed)
    z = np.concatenate([[2, -1], random.choice([-2, -1, 1, 2, 3], random.integers(0, 4))]).astype(float)
    c = random.uniform(0.1, 5.0, z.size)
    excess = z @ c
    c[1 if excess > 0 else 0] += abs(excess) / (1 if excess > 0 else 2)
    return z, random.uniform(0.3e-9, 10e-9, z.size), c


def kappa(z, c):
    return np.sqrt(4 * np.pi * bjerrum_length(T, PERMITTIVITY) * AVOGADRO * (z**2 @ c))


@pytest.mark.parametrize("seed", range(12))
def test_every_mixture_is_symmetric_and_slowed_down(seed):
    z, D, c = mixture(seed)
    ideal = np.diag(c * D / RT)
    L = onsager_limiting_law(z, D, c, T)
    assert np.array_equal(L, L.T)
    assert np.linalg.eigvalsh(L)[0] > 0.0
    relaxation = onsager_limiting_law(z, D, c, T, viscosity=THICK) - ideal
    assert np.linalg.eigvalsh(relaxation)[-1] < 1e-9 * np.abs(relaxation).max()
    assert np.linalg.eigvalsh(L - ideal)[-1] < 1e-9 * np.abs(L - ideal).max()
    assert z @ L @ z < z @ ideal @ z  # conductivity


@pytest.mark.parametrize("seed", range(4))
def test_atmospheres_stay_whole_where_all_ions_move_together(seed):
    z, D, c = mixture(seed)
    L = onsager_limiting_law(z, D, c, T, viscosity=THICK)
    assert np.allclose(L @ (RT / D), c, rtol=1e-12)  # velocity 1 m/s of all


@pytest.mark.parametrize("seed", range(4))
def test_ions_that_differ_in_name_only(seed):
    z, D, c = mixture(seed)
    split = onsager_limiting_law(np.append(z, z[0]), np.append(D, D[0]), np.append([0.3 * c[0], *c[1:]], 0.7 * c[0]), T)
    join = np.eye(z.size + 1)[:-1]
    join[0, -1] = 1.0
    assert np.allclose(join @ split @ join.T, onsager_limiting_law(z, D, c, T), rtol=1e-12)


@pytest.mark.parametrize(
    ("z", "D"), [((1, -1), (1.957e-9, 2.032e-9)), ((2, -1), (0.706e-9, 2.032e-9)), ((1, -2), (1e-9, 1e-9))]
)
def test_one_salt_conducts_by_debye_hueckel_and_onsager(z, D):
    nu = np.array([-z[1], z[0]])
    c = 0.5 * nu
    z, D = np.array(z, dtype=float), np.array(D)
    L = onsager_limiting_law(z, D, c, T, PERMITTIVITY, VISCOSITY)
    conductivity = FARADAY**2 * z @ L @ z
    limiting = FARADAY**2 / RT * np.abs(z) * D  # per equivalent
    q = abs(z[0] * z[1]) / (abs(z).sum()) * limiting.sum() / (abs(z[1]) * limiting[0] + abs(z[0]) * limiting[1])
    k, bjerrum = kappa(z, c), bjerrum_length(T, PERMITTIVITY)
    relaxation = abs(z[0] * z[1]) * bjerrum * k / 3.0 * q / (1.0 + np.sqrt(q))
    electrophoresis = FARADAY * ELEMENTARY_CHARGE * k / (6 * np.pi * VISCOSITY) * np.abs(z).sum()
    expected = (limiting.sum() * (1.0 - relaxation) - electrophoresis) * c[0] * z[0]
    assert conductivity == pytest.approx(expected, rel=1e-10)


def test_relaxation_in_a_field_by_the_series_of_the_paper():
    """Onsager and Fuoss expand (1 - sqrt H) in powers of 2H - 1 and apply it to the field; here with many terms."""
    z, D, c = mixture(3)
    w, strength = D / RT, z**2 @ c
    share = c * z**2 / strength
    ratio = w[None, :] / (w[:, None] + w[None, :])
    H = np.diag(ratio @ share) + share * ratio
    field = z - (z @ share) / (share / w @ np.ones(z.size)) / w
    power, total = field, np.zeros(z.size)
    coefficient = 1.0  # of x^n in sqrt((1 + x)/2), from the binomial series
    for n in range(400):
        total += ((1.0 if n == 0 else 0.0) - coefficient * np.sqrt(0.5)) * power
        power = 2 * H @ power - power
        coefficient *= (0.5 - n) / (n + 1)
    expected = -c * w * bjerrum_length(T, PERMITTIVITY) * kappa(z, c) / 3.0 * z**2 * total
    L = onsager_limiting_law(z, D, c, T, viscosity=THICK)
    assert np.allclose((L - np.diag(c * w)) @ z, expected, rtol=1e-3, atol=1e-6 * np.abs(expected).max())


def test_ion_size_and_the_equation_of_stokes():
    c, D = np.array([100.0, 100.0]), (1.334e-9, 2.032e-9)
    bare, sized = (onsager_limiting_law([1, -1], D, c, T, ion_size=a) for a in (0.0, 4e-10))
    ideal = np.diag(c * np.array(D) / RT)
    assert np.allclose((bare - ideal) / (sized - ideal), 1.0 + 4e-10 * kappa(np.array([1.0, -1.0]), c), rtol=1e-10)
    # without relaxation the transference number is exactly that of Stokes' equation
    weak = onsager_limiting_law([1, -1], D, [1e-3, 1e-3], T)
    t = salt_from_onsager(weak, 1e-3, 1.0, T).transference
    assert stokes_transference(1, -1, *D, 1e-3, T, ion_size=0.0) == pytest.approx(t, abs=1e-6)
    assert stokes_transference(1, -1, *D, 100.0, T) == pytest.approx(0.3838, abs=2e-4)


# 1e-4 S m²/mol, -, 1e-9 m²/s at 10 mol/m³ as commonly quoted, not compared with the print
DILUTE = {
    "Na": (1.334e-9, 118.45, 0.3918, 1.545),
    "K": (1.957e-9, 141.20, 0.4902, 1.917),
    "Li": (1.029e-9, 107.27, 0.3289, 1.312),
}


@pytest.mark.parametrize("cation", DILUTE)
def test_chlorides_at_ten_millimolar(cation):
    from npsolver.equilibrium import pitzer

    D, conductivity, transference, diffusivity = DILUTE[cation]
    L = onsager_limiting_law([1, -1], [D, 2.032e-9], [10.0, 10.0], T, ion_size=4e-10)
    found = salt_from_onsager(L, 10.0, float(pitzer(cation + "Cl", 0.01).thermodynamic_factor), T)
    assert found.conductivity / 10.0 * 1e4 == pytest.approx(conductivity, rel=3e-3)
    assert found.transference == pytest.approx(transference, abs=1.5e-3)
    assert found.diffusivity * 1e9 == pytest.approx(diffusivity, rel=1e-2)


def test_diffusion_matrix():
    z, D, c = np.array([1.0, 1.0, -1.0]), np.array([1.334e-9, 9.311e-9, 2.032e-9]), np.array([100.0, 10.0, 110.0])
    matrix = diffusion_matrix(z, np.diag(c * D / RT), np.diag(RT / c))
    assert np.allclose(matrix, nernst_hartley_matrix(z, D, c), rtol=1e-12)
    assert matrix[0, 1] < 0.0  # uphill
    L = onsager_limiting_law(z, D, c, T, ion_size=4e-10)
    coupled = diffusion_matrix(z, L, np.diag(RT / c))
    gradient = np.array([-1.0, 0.3])
    full = np.append(gradient, -z[:2] @ gradient / z[2]) * RT / c
    field = -(z @ L @ full) / (z @ L @ z)
    assert np.allclose(coupled @ gradient, (L @ (full + z * field))[:2], rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 0, -1], [1e-9] * 3, [1, 1, 1], T), "needs ions"),
        (([1, -1], [1e-9, 1e-9], [1, 0], T), "positive"),
        (([1, -1], [1e-9, 0.0], [1, 1], T), "positive"),
        (([1, -1], [1e-9, 1e-9], [1, 2], T), "not electroneutral"),
        (([1, -1], [1e-9, 1e-9], [1, 1], T, 78.4, 1e-3, -1e-10), "ion_size"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InputError, match=message):
        onsager_limiting_law(*arguments)
    with pytest.raises(InputError, match="two matrices"):
        diffusion_matrix([1, -1], np.eye(2), np.eye(3))
