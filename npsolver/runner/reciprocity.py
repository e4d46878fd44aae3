"""Reciprocity of a case: its equilibrium state, and the response of its terminals about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from npsolver.case import Case
from npsolver.errors import InputError
from npsolver.observables.reciprocity import Response, linear_response
from npsolver.runner.problem import build_problem
from npsolver.stepping.steady import steady_state

LARGEST_ASYMMETRY = 1e-9
# Of the eigenvalue that is zero; fast reactions leave this much round-off.
ROUND_OFF = 1e-7


@dataclass(frozen=True)
class Reciprocity:
    """What `npsolver reciprocity` finds.

    Attributes
    ----------
    bath : str
        Terminal whose composition all terminals were given.
    nodes : int
        Of the mesh.
    response : Response
    """

    bath: str
    nodes: int
    response: Response

    @property
    def passed(self) -> bool:
        """Whether the response is symmetric and produces no negative entropy, to round-off."""
        response = self.response
        return response.asymmetry <= LARGEST_ASYMMETRY and response.smallest_eigenvalue >= -ROUND_OFF


def reciprocity(case: Case, bath: str | None = None, refine: float = 1.0) -> Reciprocity:
    """Response of all terminals of `case` about its equilibrium with the composition of `bath` everywhere, at 0 V.

    Where reactions take place, that composition is brought to rest with them first.

    Parameters
    ----------
    case : Case
    bath : str, optional
        Terminal that gives the composition. Default: the first that holds every species, or the first that holds one.
    refine : float
        Factor on the number of edges.
    """
    if not isinstance(case, Case):
        raise InputError(
            f"a case of kind {case.kind!r} has no terminals; expected a transport case", file=case.path or None
        )
    if case.model.physics == "poisson-boltzmann":
        raise InputError(
            "has no fluxes; use 'pnp' or 'electroneutral'",
            file=case.path or None,
            key="model: physics = 'poisson-boltzmann'",
        )
    if case.model.has_gradient_energy:
        raise InputError(
            "with a gradient_energy mu~ of a place depends on its surroundings, for which the response is not measured",
            file=case.path or None,
            key="activity",
        )
    name = bath or _reference(case)
    problem = build_problem(equilibrium_case(case, name), refine=refine)
    state = steady_state(problem.system, problem.start)
    try:
        response = linear_response(problem.system, state)
    except InputError as error:
        raise InputError(
            f"with the composition of {name!r} everywhere, {error.message}", file=case.path or None
        ) from error
    return Reciprocity(name, problem.system.mesh.n_nodes, response)


def _reference(case: Case) -> str:
    """The first terminal that holds every species, or as many as there are, in concentrations above zero."""
    holding = {
        name: sum(value > 0.0 for value in law.concentration.values()) for name, law in case.model.boundaries.items()
    }
    if not any(holding.values()):
        raise InputError("no boundary holds a species, so that nothing can be driven", file=case.path or None)
    return max(holding, key=holding.get)


def equilibrium_case(case: Case, bath: str) -> Case:
    """`case` in which every terminal has the composition of `bath` and 0 V, without imposed fluxes, currents and production.

    Surfaces that no species passes keep their potential or charge. The composition is at rest with the reactions.
    """
    model = case.model
    if bath not in model.boundaries or not model.boundaries[bath].concentration:
        raise InputError(f"boundary {bath!r} holds no species", file=case.path or None, key="--bath")
    slow = [name for name, law in model.boundaries.items() if law.kinetics]
    if slow:
        raise InputError(
            f"at boundary {slow[0]!r} species pass at a finite rate only, so that nothing can be held there; the response"
            " between terminals is measured without such resistances",
            file=case.path or None,
            key=f"boundary {slow[0]}",
        )
    if model.velocity or model.flow is not None:
        raise InputError("an imposed flow leaves no equilibrium", file=case.path or None, key="convection")
    given = model.boundaries[bath].concentration
    if model.reactions:
        from npsolver.model.rest import at_rest

        try:
            given = at_rest(model, model.phase_laws.outside(bath), given)
        except InputError as error:
            raise InputError(error.message, file=case.path or None, key=error.key) from error
    boundaries = {}
    for name, law in model.boundaries.items():
        held = {species: given.get(species, value) for species, value in law.concentration.items()}
        has_potential = law.potential is not None or law.current is not None
        potential = 0.0 if has_potential and held else law.potential
        boundaries[name] = replace(law, concentration=held, flux={}, potential=potential, current=None)
    return replace(
        case,
        model=replace(model, boundaries=boundaries, regions=tuple(replace(r, production={}) for r in model.regions)),
        solve=replace(case.solve, kind="steady", accuracy=None),
        observables=(),
        expects=(),
    )
