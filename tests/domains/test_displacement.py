"""Current density of transients: ionic plus displacement, without divergence, in two and three dimensions."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.observables.fields import frame
from npsolver.observables.terminals import terminal_currents
from npsolver.runner.problem import build_problem
from npsolver.stepping.time import make_consistent

INITIAL = '[initial]\nconcentration = { "K+" = "8 mM", "Cl-" = "8 mM" }\n'
TRANSIENT = INITIAL + '[solve]\nkind = "transient"\nend_time = "10 ns"\noutput_times = ["1 ns", "10 ns"]\n'
COARSE = "[mesh]\nrefine = 0.5\n"
STERN = '[boundary.bottom]\nkind = "wall"\npotential = "30 mV"\nstern = { capacitance = "0.2 F/m^2" }\n'
CASES = {
    "given potentials": texts.SLIT,
    "floating bath": texts.SLIT.replace('potential = "0.1 V"', 'current = "1 mA/m"'),
    "Stern layer": texts.SLIT + STERN,
    "floating electrode": texts.SLIT + STERN.replace('potential = "30 mV"', 'current = "1 mA/m"'),
    "space": texts.SLIT.replace('y = ["0 nm", "10 nm"]', 'y = ["0 nm", "10 nm"]\nz = ["0 nm", "8 nm"]').replace(
        "dimension = 2", "dimension = 3"
    ),
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_total_current_has_no_divergence(text):
    problem = build_problem(npsolver.loads(text + TRANSIENT + COARSE.replace("0.5", "0.3")))
    system, u = problem.system, problem.start.copy()
    rng = np.random.default_rng(2)
    m, ns = system.block_size, system.n_species
    nodal = u[: system.mesh.n_nodes * m].reshape(-1, m)
    nodal[:, :ns] *= 1.0 + 0.2 * rng.random((len(nodal), ns))  # far from any balance
    u = system.with_held_values(u)
    make_consistent(system, u, 1.0)
    c, mesh = system.coefficients, system.mesh
    fields = frame(system, u, steady=False)
    flow = fields.current_density / c.scales.current_density * mesh.edge_area / c.area_scale
    k, l = mesh.edges.T
    net = np.bincount(k, flow, mesh.n_nodes) - np.bincount(l, flow, mesh.n_nodes)
    scale = np.bincount(k, np.abs(flow), mesh.n_nodes) + np.bincount(l, np.abs(flow), mesh.n_nodes)
    natural = system.natural_residual(u)
    held = {t.name: set(t.nodes.tolist()) for t in system.terminals if t.has_potential}
    outer = np.array(sorted(set().union(*held.values())))
    inner = np.setdiff1d(np.arange(mesh.n_nodes), outer)
    assert np.abs(net[inner]).max() <= 1e-8 * scale[inner].max()
    ionic = system.charge @ (system.fluxes(u)[0])
    without = np.bincount(k, ionic, mesh.n_nodes) - np.bincount(l, ionic, mesh.n_nodes)
    assert np.abs(without[inner]).max() > 1e-3 * scale[inner].max()
    # what leaves the nodes of a terminal is its current, from the Shockley-Ramo theorem
    currents = terminal_currents(system, u, natural)
    for name, nodes in held.items():
        others = set().union(*(n for other, n in held.items() if other != name))
        if nodes & others:  # shared corners belong to both
            continue
        assert net[sorted(nodes)].sum() == pytest.approx(currents[name], rel=1e-7, abs=1e-9 * scale.max())


def test_a_plane_that_is_really_one_dimensional_has_one_current():
    text = texts.layers(2).replace("nodes = [81, 5]", "nodes = [81, 3]") + TRANSIENT.replace(
        "[solve]", '[initial.region.membrane]\nconcentration = { "K+" = "55 mM", "Cl-" = "5 mM" }\n[solve]'
    )
    solution = npsolver.run(npsolver.loads(text))
    mesh = solution.mesh
    along = np.flatnonzero(np.ptp(mesh.nodes[mesh.edges][:, :, 1], axis=1) == 0.0)
    for density, current in zip(solution.current_density, solution.observables["current[left]"].value):
        np.testing.assert_allclose(density[along], current / 7e-9, rtol=1e-7)
