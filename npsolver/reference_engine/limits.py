"""What cannot be translated to FiPy, and why."""

from __future__ import annotations

from npsolver.errors import InputError
from npsolver.model import Model


def refuse_what_fipy_cannot(model: Model, coordinates: str = "cartesian", kind: str = "steady", name: str = "") -> None:
    """InputError with the reason if FiPy cannot express the problem.

    Parameters
    ----------
    model : Model
    coordinates : str
    kind : str
        ``"steady"``, ``"transient"`` or ``"sweep"``.
    name : str
        File of the case, for the message.
    """
    for key, reason in _reasons(model, coordinates, kind):
        raise InputError(f"this case cannot be sent to FiPy: {reason}", file=name or None, key=key)


def _reasons(model, coordinates, kind):
    if model.physics == "electroneutral":
        yield "model.physics", (
            "without Poisson's equation potential and concentrations jump where phases meet, and FiPy's cell variables "
            "are continuous there; use physics = 'pnp'"
        )
    elif model.physics != "pnp":
        yield "model.physics", f"only the full equations are translated, not {model.physics!r}; use physics = 'pnp'"
    if model.reactions:
        yield "reaction", (
            "mass-action sources are not translated (FiPy treats linearised sources of the wrong sign explicitly, "
            "which does not converge for fast reactions)"
        )
    if model.has_excess:
        yield "activity", "activity coefficients and finite size are not translated, its ions are ideal"
    if model.coupling is not None:
        yield "onsager", "coupled diffusion is not translated"
    if any(region.production for region in model.regions):
        yield "geometry.region.production", "given production is not translated"
    if model.velocity != 0.0 or model.flow is not None:
        yield "convection.velocity", "imposed convection is not translated"
    if coordinates == "spherical":
        yield "geometry.coordinates", (
            "FiPy's spherical cells have the volume (b³ − a³)/2 in place of (b³ − a³)/3, so that sources and storage "
            "do not match the fluxes"
        )
    elif coordinates == "axisymmetric":
        yield "geometry.coordinates", "axisymmetric meshes are not translated; cylindrical shells in 1D are"
    floating = [b for b in model.boundaries.values() if b.current is not None]
    for boundary in model.boundaries.values():
        key = f"boundary {boundary.name}"
        if boundary.kinetics:
            yield key, "reactions of finite rate at a surface are not translated"
        if boundary.current is not None and kind == "transient":
            yield f"{key}.current", (
                "a floating potential is an unknown of its own, which FiPy's equations do not have; steady states are "
                "found by repeated solution, transients are not"
            )
        has_potential = boundary.potential is not None or boundary.current is not None
        if boundary.concentration and not has_potential:
            yield key, "ions that cross a surface of unknown potential migrate there, which FiPy's boundary faces omit"
        if boundary.concentration and boundary.stern_capacitance:
            yield f"{key}.stern", "a series capacitance at a surface that ions cross leaves its potential unknown"
    if len(floating) > 1:
        yield "boundary", "two floating potentials are not translated; give one of them"
    if not any(b.potential is not None or b.current is not None for b in model.boundaries.values()):
        yield "boundary", "no potential is given anywhere, so that FiPy's matrix is singular"
