"""Cases at the edges of what is promised converge from the file alone and conserve."""

from __future__ import annotations

import numpy as np
import pytest
from stress_cases import ALL

import npsolver


@pytest.mark.parametrize("text", list(ALL.values()), ids=list(ALL))
def test_converges_and_conserves(text):
    case = npsolver.loads(text)
    solution = npsolver.run(case)
    assert solution.status == "converged"
    assert all(defect <= 1e-6 for defect in solution.conservation.values()), solution.conservation
    concentration, potential = solution.concentration[0], solution.potential[0]
    assert np.isfinite(potential).all()
    assert (concentration >= 0).all()
    present = [
        [s.name not in solution.model.regions[r].excluded_species for r in solution.mesh.cell_region]
        for s in solution.model.species
    ]
    assert (concentration[np.array(present)] > 0).all()
    # where a species is held at one end only and reacts with nothing, it is in equilibrium with that end
    laws, vt = solution.model.boundaries, 0.025692579121493725
    for i, species in enumerate(solution.model.species):
        held = [name for name, law in laws.items() if species.name in law.concentration]
        blocked = any(species.name in region.excluded_species for region in solution.model.regions)
        if len(held) != 1 or blocked or solution.model.physics != "pnp":
            continue
        mu = np.log(concentration[i]) + species.charge * potential[solution.mesh.cell_node] / vt
        assert np.ptp(mu) < 1e-6, f"{species.name}: electrochemical potential varies by {np.ptp(mu):.2g} RT"


def test_the_list_is_what_it_claims():
    assert len(ALL) >= 60
    joined = "\n".join(ALL.values())
    for extreme in ("1.0 V", "-1.0 V", "1e-06 M", "5.0 M", "3.0 M", "-3.0 M", "0.5 C/m^2", "-0.5 C/m^2"):
        assert f'"{extreme}"' in joined
