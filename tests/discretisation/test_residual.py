"""Every model's balances and Jacobian against the transcription in SI units, its derivative by complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from engine_problems import by_node, random_state, system_of
from models import ALL, FLOATING, GIVEN, positions
from reference_residual import balances, terminal_current

from npsolver.units import FARADAY


def scales_of(system):
    """Units of the unknowns and of the balances, (n_species + 1,) each."""
    s, area = system.coefficients.scales, system.coefficients.area_scale
    ns = system.n_species
    unknown = np.append(np.full(ns, s.concentration), s.potential)
    balance = np.append(np.full(ns, s.flux * area), FARADAY * s.concentration * s.length * area)
    return unknown, balance


def reference(system, u):
    """The residual of all unknowns, real or complex, in the system's units."""
    model, mesh, ns = system.model, system.mesh, system.n_species
    unknown, balance = scales_of(system)
    local = mesh.n_nodes * (ns + 1)
    voltage = {t.name: u[local + j] for j, t in enumerate(system.floating)}
    potential = system.coefficients.scales.potential
    natural = balances(
        model, mesh, by_node(system, u) * unknown, {name: v * potential for name, v in voltage.items()}
    )
    result = np.empty(system.size, dtype=u.dtype)
    unit = FARADAY * balance[0]
    for j, t in enumerate(system.floating):
        law = model.boundaries[t.name]
        given = law.current * (mesh.boundaries[t.name][1].sum() if mesh.coordinates == "cartesian" else 1.0)
        behind = sum(
            FARADAY * (natural[node, :ns] @ system.charge) for node in t.inner_nodes if node not in t.nodes
        )  # the balance behind a surface edge, whose round-off it takes away
        result[local + j] = (terminal_current(model, mesh, t.name, natural) + behind - given) / unit
    natural = natural / balance
    if system.current_form:
        natural[:, ns] = natural[:, :ns] @ system.charge
    result[:local] = natural.ravel()
    held = system.held_values(u.real)
    result[system.fixed_rows] = u[system.fixed_rows] - held
    for t in system.floating:
        row = int(t.nodes[0]) * (ns + 1) + ns
        if row in system.fixed_rows:
            result[row] = u[row] - voltage[t.name]
    return result


# closed to every species: the amounts stand in the initial state only
NO_UNIQUE_STEADY_STATE = {"stern", "floating stern"}


def model_is_split(system):
    return len(system.mesh.interfaces) > 0


def build(name, edges=5):
    geometry, model = ALL[name]
    return system_of(model, geometry, positions(geometry, edges), largest=60.0)


@pytest.mark.parametrize("name", GIVEN)
def test_balances(name):
    system = build(name)
    u = random_state(system)
    unknown, balance = scales_of(system)
    expected = balances(system.model, system.mesh, by_node(system, u) * unknown) / balance
    found = system.natural_residual(u)
    # differences of large terms: measured against the largest term of the column
    scale = np.abs(expected).max(axis=0)
    assert (np.abs(found - expected) <= 1e-11 * scale + 1e-12 * np.abs(expected)).all()


def dense_local(system):
    """The nodal part of the matrix that `assemble` left behind."""
    n, m = system.mesh.n_nodes, system.block_size
    matrix = np.zeros((n, m, n, m))
    blocks = system.linear_solver.blocks
    for k in range(n):
        for column, index in ((k - 1, 3 * k - 1), (k, 3 * k), (k + 1, 3 * k + 1)):
            if 0 <= column < n:
                matrix[k, :, column] = blocks[index]
    return matrix.reshape(n * m, n * m)


def mass_matrix(system):
    columns, image = [], np.empty(system.size)
    for j in range(system.size):
        system.mass(np.eye(system.size)[j], image)
        columns.append(image.copy())
    return np.array(columns).T


@pytest.mark.parametrize(
    ("name", "current_form"),
    [(name, form) for name in ALL for form in (False, True) if not form or ALL[name][1].physics == "electroneutral"],
)
@pytest.mark.parametrize("shift", [0.0, 37.0])
def test_matrix_is_shift_mass_plus_derivative(name, shift, current_form):
    """Also with the borders of floating terminals, through the solver as Newton and the integrator use it."""
    system = build(name)
    system.current_form = current_form
    system.sides = None  # balances at every node; the steady forms are tested below
    if system.border is not None:
        system.border.steady_weights = lambda *arguments: None
    u = random_state(system, seed=1)
    jacobian = np.empty((system.size, system.size))
    for j in range(system.size):
        shifted = u.astype(complex)
        shifted[j] += 1e-30j
        jacobian[:, j] = reference(system, shifted).imag / 1e-30
    expected = jacobian + shift * mass_matrix(system)

    residual, alone = np.empty(system.size), np.empty(system.size)
    system.assemble(u, residual, shift)
    system.residual(u, alone)
    terms = np.abs(jacobian) @ np.abs(u) + 1.0
    # in the rows of floating terminals the large flux of the surface edge cancels
    local = system.mesh.n_nodes * system.block_size
    terms[local:] = terms.max()
    assert (np.abs(residual - reference(system, u)) <= 1e-12 * terms).all()
    assert (np.abs(residual - alone) <= 1e-13 * terms).all()

    scale = np.abs(expected).max(axis=1)
    found = dense_local(system)
    assert (np.abs(found - expected[:local, :local]) <= 1e-12 * scale[:local, None]).all()
    if shift == 0.0 and (current_form or name in NO_UNIQUE_STEADY_STATE):
        return
    # the thin edges of surfaces conduct 1e6 times better than others
    tolerance = 1e-8 if model_is_split(system) else 1e-12
    system.factorise()
    rng = np.random.default_rng(3)
    for _ in range(3):
        b, x = rng.normal(size=system.size) * scale, np.empty(system.size)
        system.solve(b, x)
        assert (np.abs(expected @ x - b) <= tolerance * (np.abs(expected) @ np.abs(x) + np.abs(b))).all()


@pytest.mark.parametrize("name", ["regions", "reactions", "electroneutral"])
def test_threads_do_not_change_a_bit(name):
    geometry, model = ALL[name]
    results = []
    for num_threads in (1, 4):
        system = system_of(model, geometry, positions(geometry, 40), num_threads=num_threads)
        out = np.empty(system.size)
        system.assemble(random_state(system), out)
        results.append((out, system.linear_solver.blocks.copy()))
    for a, b in zip(*results):
        np.testing.assert_array_equal(a, b)


def test_mass_is_amount():
    """The storage of all nodes together is the pore volume times the concentrations."""
    geometry, model = ALL["cylindrical centre"]
    system = system_of(model, geometry, positions(geometry))
    image = np.empty(system.size)
    v = np.zeros((system.mesh.n_nodes, system.block_size))
    v[:, 0] = 1.0
    system.mass(v.ravel(), image)
    inside = image.sum() + system.coefficients.capacity[-1, 0]  # the bath's own row holds no storage
    r = np.array([0.0, 30e-9, 50e-9])
    area = np.pi * np.diff(r**2)
    k = np.exp(1500.0 / (8.31446261815324 * model.temperature))
    expected = 0.7 * area[0] + 0.4 * k * area[1]
    unit = system.coefficients.area_scale * system.coefficients.scales.length
    assert inside * unit == pytest.approx(expected, rel=1e-12)


def test_volume_source_enters_every_balance():
    geometry, model = ALL["regions"]
    system = system_of(model, geometry, positions(geometry))
    u = random_state(system)
    before = system.natural_residual(u)
    source = np.random.default_rng(0).normal(size=before.shape)
    system.set_volume_source(source)
    np.testing.assert_allclose(system.natural_residual(u), before - source, rtol=1e-12, atol=1e-12)
    # it survives new boundary values
    system.set_model(model.with_boundary("left", potential=0.2))
    np.testing.assert_allclose(system.natural_residual(u), before - source, rtol=1e-12, atol=1e-12)


def test_steady_rows_of_species_held_at_one_end_are_sums_of_balances():
    """J = 0 on every edge is what the balances add up to, counted from the closed end."""
    found = 0
    for name in ALL:
        system = build(name)
        if system.sides is None:
            continue
        u = random_state(system, seed=5)
        steady = np.empty(system.size)
        system.assemble(u, steady)
        matrix = dense_local(system)
        sides, system.sides = system.sides, None
        plain = np.empty(system.size)
        system.assemble(u, plain)
        plain_matrix = dense_local(system)
        n, m = system.mesh.n_nodes, system.block_size
        for i in np.flatnonzero(sides != 3):
            rows = np.arange(n) * m + i
            free = ~np.isin(rows, system.fixed_rows)
            order = rows[free] if sides[i] == 1 else rows[free][::-1]
            scale = np.abs(plain_matrix[order] * u[: n * m]).sum(axis=1).cumsum()
            assert (np.abs(steady[order] - np.cumsum(plain[order])) <= 1e-12 * scale).all()
            size = np.abs(plain_matrix[order]).cumsum(axis=0)
            assert (np.abs(matrix[order] - np.cumsum(plain_matrix[order], axis=0)) <= 1e-12 * (size + 1e-300)).all()
            found += 1
    assert found >= 4


def test_steady_row_of_a_floating_terminal_is_differentiated():
    """Without storage the current may be weighed over the volume: another row, with its own derivatives."""
    found = 0
    for name in FLOATING:
        system = build(name)
        if name in NO_UNIQUE_STEADY_STATE:
            continue
        u = random_state(system, seed=2)
        out = np.empty(system.size)
        local = system.mesh.n_nodes * system.block_size
        system.assemble(u, out)
        rows = system.border.row.copy()
        for j in range(0, local, 3):
            step = 1e-6 * max(1.0, abs(u[j]))
            high, low = u.copy(), u.copy()
            high[j] += step
            low[j] -= step
            up, down = np.empty(system.size), np.empty(system.size)
            system.assemble(high, up)
            system.assemble(low, down)
            slope = (up[local:] - down[local:]) / (2 * step)
            scale = np.abs(rows).max(axis=1) + np.abs(out[local:])
            assert (np.abs(slope - rows[:, j]) <= 1e-6 * scale).all(), name
        found += 1
    assert found >= 4
