"""How meshes in two and three dimensions are graded."""

from __future__ import annotations

from npsolver.case.case import MeshOptions
from npsolver.case.problems import Problems
from npsolver.mesh.coordinates import Domain
from npsolver.mesh.domain import BoxDomain, MeshDomain, PolygonDomain
from npsolver.mesh.prisms import PrismDomain

# Factors by which the edges of a mesh from a file can be refined.
HALVINGS = (1.0, 2.0, 4.0, 8.0)
# Ratio of neighbouring edges by default.
GROWTH = {
    (BoxDomain, 2): 1.12,
    (BoxDomain, 3): 1.3,
    (PolygonDomain, 2): 1.25,
    (PrismDomain, 3): 1.3,
    (MeshDomain, 2): 1.25,
    (MeshDomain, 3): 1.25,
}


def resolve_domain_mesh(section, domain: Domain, problems: Problems) -> MeshOptions:
    """Mesh options of a domain."""
    nodes = section.nodes
    if isinstance(domain, BoxDomain):
        if nodes is not None and not isinstance(nodes, tuple):
            nodes = (nodes,) * domain.dimension
        if nodes is not None and len(nodes) != domain.dimension:
            problems.add("mesh: nodes", f"expected one number for each of {', '.join(domain.axes)}, got {len(nodes)}")
        for axis, number, lines in zip(domain.axes, nodes or (), domain.grid_lines):
            if number < 2 * lines.size - 1:
                problems.add("mesh: nodes", f"expected at least {2 * lines.size - 1} along {axis}, got {number}")
    elif nodes is not None:
        problems.add("mesh: nodes", "is for boxes; triangles and prisms follow smallest, growth and refine, a mesh file itself")
    if section.growth <= 1.0 or section.growth > 10.0:
        problems.add("mesh: growth", f"expected a ratio above 1 and at most 10, got {section.growth:g}")
    if not 0.01 <= section.refine <= 1000.0:
        problems.add("mesh: refine", f"expected a factor between 0.01 and 1000, got {section.refine:g}")
    if isinstance(domain, MeshDomain) and section.refine not in HALVINGS:
        problems.add("mesh: refine", f"expected 1, 2, 4 or 8 (the edges of a mesh file are halved), got {section.refine:g}")
    growth = section.growth if "growth" in section.given else GROWTH[type(domain), domain.dimension]
    return MeshOptions(nodes, section.grading, section.refine, section.smallest, growth)
