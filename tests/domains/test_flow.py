"""Imposed flow in two and three dimensions: no divergence, 1D answers, conservation, outflow, refusals."""

from __future__ import annotations

import domain_texts as texts
import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.discretisation.flow import face_flows, net_outflow
from npsolver.errors import InputError
from npsolver.runner.problem import build_problem

HEIGHT = 7e-9


def run(text, **overrides):
    return npsolver.run(npsolver.loads(text, "", overrides))


def value(solution, name):
    return float(np.atleast_1d(solution.observables[name].value)[-1])


@pytest.mark.parametrize("physics", ["pnp", "electroneutral"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_plug_flow_is_that_of_one_dimension(dimension, physics):
    """Through a charged membrane, too."""
    flow, change = '[convection]\nvelocity = "0.2 m/s"\n', {"model.physics": physics}
    nodes = {"mesh.nodes": 41} if dimension == 3 else {}
    line = run(texts.layers(1) + flow, **change, **nodes)
    domain = run(texts.layers(dimension) + flow, **change)
    still = run(texts.layers(1), **change, **nodes)
    close = 1e-9 if physics == "pnp" else 1e-4  # surface edges of one dimension
    for name in ("flux[K+, left]", "flux[Cl-, right]"):
        assert value(domain, name) == pytest.approx(value(line, name), rel=close)
    assert abs(value(still, "flux[Cl-, right]") / value(line, "flux[Cl-, right]") - 1) > 0.05


CHANNEL = (
    texts.SALT
    + """
[geometry]
%s
[[geometry.region]]
name = "channel"
%s = ["0 um", "30 um"]
%s = ["0 um", "10 um"]
[[geometry.surface]]
name = "electrode"
side = "%s"
%s = ["5 um", "20 um"]
[boundary.electrode]
kind = "wall"
concentration = { "K+" = "1 mM" }
potential = "-20 mV"
[boundary.%s]
kind = "outflow"
"""
)
PLANE = CHANNEL % ("dimension = 2", "x", "y", "bottom", "x", "right") + texts.bath("left")
TUBE = CHANNEL % ('coordinates = "axisymmetric"', "z", "r", "right", "z", "top") + texts.bath("bottom")
COARSE = {"mesh.refine": 0.5, "model.physics": "electroneutral"}
PARABOLA = '[convection]\nprofile = "poiseuille"\nvelocity = "1 mm/s"\n'


@pytest.mark.parametrize(("text", "inlet", "outlet"), [(PLANE, "left", "right"), (TUBE, "bottom", "top")])
def test_what_enters_leaves(text, inlet, outlet):
    solution = run(text + PARABOLA.replace("1 mm", "20 mm"), **COARSE)
    for ion in ("K+", "Cl-"):
        flows = [value(solution, f"flow[{ion}, {name}]") for name in (inlet, outlet, "electrode")]
        assert abs(sum(flows)) <= 1e-9 * max(map(abs, flows))
    # neutral solution leaves: no current but that between bath and electrode
    currents = [value(solution, f"current[{name}]") for name in (inlet, outlet, "electrode")]
    assert abs(sum(currents)) <= 1e-9 * abs(currents[0])
    assert abs(currents[1]) <= 1e-9 * abs(currents[0])
    area = 1e-5 if inlet == "left" else np.pi * 1e-10
    assert value(solution, f"flow[Cl-, {outlet}]") == pytest.approx(-2e-2 * 10.0 * area, rel=0.05)


def test_a_transient_is_washed_out():
    """Plug flow replaces what was there: after a passage and a half the solution is that of the bath."""
    text = texts.SALT + (
        '[geometry]\ndimension = 2\n[[geometry.region]]\nname = "channel"\n'
        'x = ["0 um", "10 um"]\ny = ["0 um", "3 um"]\n'
        '[boundary.right]\nkind = "outflow"\n[initial]\nconcentration = { "K+" = "2 mM", "Cl-" = "2 mM" }\n'
        '[convection]\nvelocity = "10 mm/s"\n'
        '[solve]\nkind = "transient"\nend_time = "1.5 ms"\noutput_times = ["0.5 ms", "1.5 ms"]\n'
        '[model]\nphysics = "electroneutral"\n[mesh]\nnodes = [61, 3]\ngrading = "uniform"\n'
        '[[observable]]\nname = "K"\nkind = "average"\nspecies = "K+"\n'
    )
    solution = run(text + texts.bath("left"))
    K = solution.observables["K"].value
    assert K[0] == pytest.approx(6.0, rel=0.03)  # the front is in the middle
    assert K[-1] == pytest.approx(10.0, rel=1e-2)


STREAM = '[convection]\nstream_function = { expression = "1e-3*%s^2*(3 - %s/L)*sin(%s/L)", unit = "m^2/s" }\n'


def meshes():
    polygon = texts.SLIT.replace(
        'x = ["0 nm", "40 nm"]\ny = ["0 nm", "10 nm"]',
        'corners = [["0 nm", "0 nm"], ["40 nm", "0 nm"], ["40 nm", "10 nm"], ["0 nm", "10 nm"]]',
    ).replace('side = "top"\nx = ["10 nm", "30 nm"]', 'line = [["10 nm", "10 nm"], ["30 nm", "10 nm"]]')
    polygon += "".join(
        f'[[geometry.surface]]\nname = "{name}"\nline = [["{x} nm", "0 nm"], ["{x} nm", "10 nm"]]\n'
        for name, x in (("left", 0), ("right", 40))
    )
    yield "boxes", texts.SLIT, "y", "x"
    yield "triangles", polygon, "y", "x"
    yield "r-z", texts.SLIT.replace("dimension = 2", 'coordinates = "axisymmetric"').replace(
        'x = ["0 nm", "40 nm"]\ny', 'z = ["0 nm", "40 nm"]\nr'
    ).replace('side = "top"\nx', 'side = "right"\nz').replace('"left"', '"bottom"', 1).replace(
        '[boundary."right"]', '[boundary."top"]'
    ).replace('[boundary."left"]', '[boundary."bottom"]'), "r", "z"


@pytest.mark.parametrize(("text", "across", "along"), [m[1:] for m in meshes()], ids=[m[0] for m in meshes()])
def test_stream_functions_have_no_divergence(text, across, along):
    stream = STREAM % (across, across, along)
    if across == "r":
        stream = stream.replace("m^2/s", "m^3/s")
    problem = build_problem(npsolver.loads(text + stream))
    mesh, flow = problem.system.mesh, problem.model.flow
    flows = face_flows(flow, mesh)
    net = net_outflow(flows, mesh)
    surface = np.zeros(mesh.n_nodes, dtype=bool)
    for nodes, _ in mesh.boundaries.values():
        surface[nodes] = True
    if across != "r":  # the rest of the outline has no name between polygons
        surface |= np.isin(mesh.nodes[:, 1], [0.0, 1e-8]) | np.isin(mesh.nodes[:, 0], [0.0, 4e-8])
    assert np.abs(net[~surface]).max() <= 1e-13 * np.abs(flows).max()
    # first-order agreement with the derivative of psi along an edge in the middle of the faces
    middle = mesh.nodes[mesh.edges].mean(axis=1)
    step = 1e-13
    d = 1 if across == "y" else 0
    up, down = middle.copy(), middle.copy()
    up[:, d] += step
    down[:, d] -= step
    speed = (flow.stream_function(up) - flow.stream_function(down)) / (2 * step)
    if across == "r":
        speed = speed / np.maximum(middle[:, 0], 1e-12)
    direction = (mesh.nodes[mesh.edges[:, 1]] - mesh.nodes[mesh.edges[:, 0]]) / mesh.edge_length[:, None]
    wanted = np.flatnonzero(np.abs(direction[:, 1 - d]) > 0.999)
    found = flows[wanted] / mesh.edge_area[wanted] * np.sign(direction[wanted, 1 - d])
    assert np.median(np.abs(found - speed[wanted])) <= 0.05 * np.abs(speed).max()


@pytest.mark.parametrize(
    "convection",
    [
        PARABOLA,
        '[convection]\nvelocity = "1 mm/s"\nalong = "x"\n',
        '[convection]\nfield = ["1 mm/s", { expression = "0*x", unit = "mm/s" }]\n',
        '[convection]\nstream_function = { expression = "y^2", unit = "mm^2/s" }\n',
    ],
)
def test_flows_can_be_loaded_again(convection):
    case = npsolver.loads(PLANE + convection)
    again = from_document(case.effective)
    assert again.model.flow.profile == case.model.flow.profile
    assert again.sha256 == case.sha256
    assert again.sha256 != npsolver.loads(PLANE + PARABOLA.replace("1 mm", "2 mm")).sha256


REFUSED = {
    "no flow": (PLANE, ["boundary right", "outflow", "convection"]),
    "two ways": (PLANE + PARABOLA + 'field = ["1 mm/s", 0]\n', ["one of them"]),
    "components": (PLANE + '[convection]\nfield = ["1 mm/s"]\n', ["each of x, y"]),
    "radial": (TUBE + '[convection]\nvelocity = "1 mm/s"\nalong = "r"\n', ["comes from nowhere"]),
    "axis": (PLANE + '[convection]\nvelocity = "1 mm/s"\nalong = "z"\n', ["x, y", "'z'"]),
    "unit": (PLANE + '[convection]\nstream_function = { expression = "y", unit = "m/s" }\n', ["stream_function", "m^2/s"]),
    "singular": (PLANE + '[convection]\nstream_function = { expression = "1/(y - y)" }\n', ["finite"]),
    "not a function": (PLANE + '[convection]\nstream_function = { expression = "1" }\n'.replace('{ expression = "1" }', "1"),
                       ["expression"]),
    "outlet holds": (PLANE.replace('kind = "outflow"', 'kind = "outflow"\npotential = "0 V"') + PARABOLA, ["no meaning"]),
    "one dimension": (texts.layers(1) + '[convection]\nprofile = "plug"\n', ["two and three dimensions"]),
    "outlet of a line": (texts.layers(1).replace('[boundary."left"]\nkind = "bath"', '[boundary."left"]\nkind = "outflow"'),
                         ["outflow"]),
    "profile of nothing": (PLANE + '[convection]\nprofile = "poiseuille"\n', ["velocity: missing"]),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_when_loaded(text, words):
    with pytest.raises(InputError) as error:
        npsolver.loads(text)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_a_wrong_stream_function_is_reported_once():
    with pytest.raises(InputError) as error:
        npsolver.loads(REFUSED["unit"][0])
    assert "constant" not in str(error.value)


MESHED = {
    "divergence": (PLANE + '[convection]\nfield = [{ expression = "x/L", unit = "mm/s" }, 0]\n', ["not solenoidal", "1/s"]),
    "backwards": (PLANE + '[convection]\nvelocity = "-1 mm/s"\n', ["boundary right", "flows in"]),
    "out of the axis": (
        TUBE + '[convection]\nstream_function = { expression = "0.5e-3*r^2 + 1e-12*z", unit = "m^3/s" }\n', ["axis r = 0"]
    ),
    "nothing leaves": (PLANE + '[convection]\nvelocity = 0\nprofile = "plug"\n', ["no flow leaves"]),
}


@pytest.mark.parametrize(("text", "words"), MESHED.values(), ids=MESHED)
def test_refused_on_the_mesh(text, words):
    with pytest.raises(InputError) as error:
        run(text, **COARSE)
    for word in words:
        assert word in str(error.value), str(error.value)


def test_a_corner_of_two_outflows_is_shared():
    """All of the stagnation flow leaves through the top; the corner node lies on the right, too, where nothing leaves."""
    text = """
        [model]
        physics = "pnp"
        [[species]]
        name = "A"
        charge = 0
        diffusivity = "1e-9 m^2/s"
        [geometry]
        dimension = 2
        [[geometry.region]]
        name = "film"
        x = ["0 um", "20 um"]
        y = ["0 um", "10 um"]
        [boundary.left]
        kind = "bath"
        concentration = { A = "1 mM" }
        potential = 0
        [boundary.right]
        kind = "outflow"
        [boundary.top]
        kind = "outflow"
        [convection]
        stream_function = { expression = "1e-3*y*(1-x/L)", unit = "m^2/s" }
        [mesh]
        grading = "uniform"
        nodes = [15, 8]
    """
    with pytest.raises(InputError, match="no flow leaves"):
        npsolver.run(npsolver.loads(text))
    leaving = npsolver.run(npsolver.loads(text.replace("(1-x/L)", "(1-0.5*x/L)")))
    flows = {name: -leaving.observables[f"flow[A, {name}]"].value for name in ("right", "top")}
    # 1e-3 y (1 - x/2L) at the corner: half of what enters leaves on either side, and brings what it carries
    assert flows["right"] + flows["top"] == pytest.approx(leaving.observables["flow[A, left]"].value, rel=1e-9)
    assert flows["right"] == pytest.approx(flows["top"], rel=0.05)
