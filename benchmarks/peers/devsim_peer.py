"""devsim: Scharfetter-Gummel edge models written symbolically, direct solver of the wheel, one thread."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import count, permutations

import numpy as np

from benchmarks import items

NAME = "devsim"
_NUMBER = count()


def _devsim():
    import devsim

    devsim.set_parameter(name="threads_available", value=1)
    return devsim


def version() -> str:
    from importlib.metadata import version as of

    return of("devsim")


@contextmanager
def _silent():
    """devsim writes its iterations to the standard output of the process."""
    sys.stdout.flush()
    kept, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(null)


class Device:
    """The one device of the process.

    Ions in one region; dimensionless: concentrations, potential in RT/F, `permittivity` lambda² of Poisson's row.

    Parameters
    ----------
    coordinates : (n_nodes, 3) float64
    elements : list of int
        In devsim's Gmsh order: type, physical index, nodes; physical 0 is the region, 1 and 2 the contacts.
    names, charges, diffusivities : species
    permittivity : float
    contacts : dict of name to {"potential": float or missing, species: concentration}
    """

    def __init__(self, coordinates, elements, names, charges, diffusivities, permittivity, contacts):
        self.ds = ds = _devsim()
        self.device, self.names, self.charges = f"device{next(_NUMBER)}", list(names), list(charges)
        self.contacts = contacts
        if ds.get_device_list():
            raise RuntimeError("devsim solves all devices of a process together: one worker process per problem")
        with _silent():
            mesh = self.device + "mesh"
            flat = np.asarray(coordinates, dtype=float).ravel().tolist()
            ds.create_gmsh_mesh(mesh=mesh, coordinates=flat, elements=elements,
                                physical_names=["bulk", "left", "right"])
            ds.add_gmsh_region(mesh=mesh, gmsh_name="bulk", region="bulk", material="water")
            for name in ("left", "right"):
                ds.add_gmsh_contact(mesh=mesh, gmsh_name=name, region="bulk", material="metal", name=name)
            ds.finalize_mesh(mesh=mesh)
            ds.create_device(mesh=mesh, device=self.device)
        self.where = {"device": self.device, "region": "bulk"}
        self._bulk(diffusivities, permittivity)
        for name, law in contacts.items():
            self._contact(name, law)

    def _node(self, name, text):
        self.ds.node_model(**self.where, name=name, equation=text)

    def _edge(self, name, text):
        self.ds.edge_model(**self.where, name=name, equation=text)

    def _bulk(self, diffusivities, permittivity):
        ds = self.ds
        for name in ("Phi", *self.names):
            ds.node_solution(**self.where, name=name)
            ds.edge_from_node_model(**self.where, node_model=name)
        ds.node_solution(**self.where, name="Fixed")
        ds.set_parameter(**self.where, name="lam2", value=float(permittivity))
        self._node("Charge", "-(" + "+".join(f"({z:g})*{s}" for s, z in zip(self.names, self.charges)) + "+Fixed)")
        for s, z in zip(self.names, self.charges):
            self._node(f"Charge:{s}", f"{-z:g}")
        self._edge("Shift", "lam2*(Phi@n0-Phi@n1)*EdgeInverseLength")
        self._edge("Shift:Phi@n0", "lam2*EdgeInverseLength")
        self._edge("Shift:Phi@n1", "-lam2*EdgeInverseLength")
        ds.equation(**self.where, name="Poisson", variable_name="Phi", node_model="Charge", edge_model="Shift",
                    variable_update="default")
        self._edge("Drop", "Phi@n1-Phi@n0")
        for index, z in enumerate(sorted(set(self.charges))):
            self._edge(f"V{index}", f"({z:g})*Drop")
            self._edge(f"Up{index}", f"B(V{index})")
            self._edge(f"Down{index}", f"Up{index}+V{index}")
            self._edge(f"Slope{index}", f"dBdx(V{index})")
        for s, z, d in zip(self.names, self.charges, diffusivities):
            k = sorted(set(self.charges)).index(z)
            g = f"{d:.17g}*EdgeInverseLength"
            self._edge(f"J{s}", f"{g}*(Up{k}*{s}@n0-Down{k}*{s}@n1)")
            self._edge(f"J{s}:{s}@n0", f"{g}*Up{k}")
            self._edge(f"J{s}:{s}@n1", f"-{g}*Down{k}")
            slope = f"({z:g})*{g}*(Slope{k}*{s}@n0-(Slope{k}+1)*{s}@n1)"
            self._edge(f"J{s}:Phi@n1", slope)
            self._edge(f"J{s}:Phi@n0", f"-J{s}:Phi@n1")
            self._node(f"Stored{s}", s)
            self._node(f"Stored{s}:{s}", "1")
            ds.equation(**self.where, name=f"Balance{s}", variable_name=s, edge_model=f"J{s}",
                        time_node_model=f"Stored{s}", variable_update="positive")

    def _contact(self, name, law):
        ds = self.ds
        at = {"device": self.device, "contact": name}
        if "potential" in law:
            self.bias(name, law["potential"])
            ds.contact_node_model(**at, name=f"{name}phi", equation=f"Phi-{name}bias")
            ds.contact_node_model(**at, name=f"{name}phi:Phi", equation="1")
            ds.contact_equation(**at, name="Poisson", node_model=f"{name}phi", edge_charge_model="Shift")
        for s in self.names:
            if s in law:
                ds.contact_node_model(**at, name=f"{name}{s}", equation=f"{s}-({law[s]:.17g})")
                ds.contact_node_model(**at, name=f"{name}{s}:{s}", equation="1")
                ds.contact_equation(**at, name=f"Balance{s}", node_model=f"{name}{s}", edge_current_model=f"J{s}")

    def bias(self, contact: str, value: float) -> None:
        self.ds.set_parameter(device=self.device, name=f"{contact}bias", value=float(value))

    def put(self, name: str, values) -> None:
        self.ds.set_node_values(**self.where, name=name, values=np.asarray(values, dtype=float).tolist())

    def get(self, name: str) -> np.ndarray:
        return np.array(self.ds.get_node_model_values(**self.where, name=name))

    def inflow(self, contact: str, species: str) -> float:
        """Into the domain."""
        return self.ds.get_contact_current(device=self.device, contact=contact, equation=f"Balance{species}")

    def solve(self, tolerance: float = 1e-8, **keywords) -> int:
        with _silent():
            info = self.ds.solve(**{"type": "dc", **keywords}, solver_type="direct", absolute_error=tolerance,
                                 relative_error=1e10, maximum_iterations=100, info=True)
        if not info["converged"]:
            raise RuntimeError(f"devsim did not converge after {len(info['iterations'])} iterations")
        return len(info["iterations"])


def _line(x):
    coordinates = np.stack([x, 0 * x, 0 * x], axis=1)
    n = len(x) - 1
    i = np.arange(n)
    elements = [*np.stack([0 * i + 1, 0 * i, i, i + 1], axis=1).ravel().tolist(), 0, 1, 0, 0, 2, n]
    return coordinates, elements


def _half_volumes(x):
    volume = np.zeros(len(x))
    volume[1:] += np.diff(x) / 2
    volume[:-1] += np.diff(x) / 2
    return volume


def w1(n: int = 400):
    unit = items.W2_DEBYE / np.sqrt(items.W1_SALT / items.W2_SALT)
    x = items.w1_positions(n) / unit
    device = Device(*_line(x), ["K", "Cl"], [1, -1], [1.0, items.D_CL / items.D_K], 2.0,
                    {"left": {"potential": items.W1_VOLTAGE / items.VOLT},
                     "right": {"potential": 0.0, "K": 1.0, "Cl": 1.0}})
    volume = _half_volumes(x)

    def solve():
        for name, value in (("K", 1.0), ("Cl", 1.0), ("Phi", 0.0)):
            device.put(name, np.full(len(x), value))
        device.solve()
        # in units of F c0 times the Debye length; the charge of the wall balances that of the solution
        return -float(volume @ (device.get("K") - device.get("Cl"))) * items.FARADAY * items.W1_SALT * unit

    return solve


def w2(voltage: float, steps: int, n: int = 400):
    """TR-BDF2, geometric steps up to the first time and `steps`/2 equal ones between the others."""
    ratio, x = items.W2_RATIO, items.w2_positions(n)
    device = Device(*_line(x), ["K", "Cl"], [1, -1], [ratio, ratio], 2 * ratio**2,
                    {"left": {"potential": 0.0}, "right": {"potential": 0.0}})
    half = (x < -1e-14) + 0.5 * (np.abs(x) <= 1e-14)
    weight = _half_volumes(x) * half
    ones = np.ones(n + 1)
    times = [0.0, *items.REFERENCE["W2_times"]]
    gamma = 2.0 - np.sqrt(2.0)

    def solve():
        for contact in ("left", "right"):
            device.bias(contact, 0.0)
        for name, value in (("K", ones), ("Cl", ones), ("Phi", 0 * x)):
            device.put(name, value)
        device.solve(type="transient_dc")  # the uniform state is steady without a voltage; stores the charges
        device.bias("left", -voltage)
        device.bias("right", voltage)
        device.put("Phi", voltage * x)
        charges, first = [], True
        for begin, end in zip(times[:-1], times[1:]):
            if begin == 0.0:
                lengths = np.diff(np.concatenate([[0.0], np.geomspace(1e-4, end, steps)]))
            else:
                lengths = np.full(steps // 2, (end - begin) / (steps // 2))
            for dt in lengths:
                if first:
                    device.solve(type="transient_bdf1", tdelta=dt, charge_error=1e10)
                    first = False
                else:
                    device.solve(type="transient_tr", tdelta=dt, gamma=gamma, charge_error=1e10)
                    device.solve(type="transient_bdf2", tdelta=dt, gamma=gamma, charge_error=1e10)
            charges.append(float(weight @ (device.get("K") - device.get("Cl"))) / (2 * ratio))
        return np.array(charges)

    return solve


def w3(n: int = 600):
    x = items.w3_positions(n)
    device = Device(*_line(x), ["K", "Cl"], [1, -1], [1.0, 1.0], items.W3_RATIO**2,
                    {"left": {"potential": 0.0, "K": 1.0}, "right": {"potential": 0.0, "K": 1.0, "Cl": 1.0}})

    def solve():
        for name, value in (("K", 1.0), ("Cl", 1.0), ("Phi", 0.0)):
            device.put(name, np.full(n + 1, value))
        fluxes = []
        for voltage in items.W3_VOLTAGES:
            device.bias("left", -voltage)
            device.solve()
            fluxes.append(device.inflow("right", "K"))
        return np.array(fluxes)

    return solve


def _donnan_guess(x):
    """w of the baths, linear in x, in local Donnan equilibrium with the fixed charge; potential."""
    fixed = _w4_charge(x)
    share = (x / x[-1])[:, None]
    w = items.W4_LEFT * (1 - share) + items.W4_RIGHT * share
    psi = np.zeros(len(x))
    for _ in range(60):
        c = w * np.exp(-items.W4_Z * psi[:, None])
        step = (c @ items.W4_Z + fixed) / (c @ items.W4_Z**2)
        psi += np.maximum(-1.0, np.minimum(1.0, step))
    return w * np.exp(-items.W4_Z * psi[:, None]), psi


def _w4_charge(x):
    middle = np.concatenate([[x[0]], 0.5 * (x[1:] + x[:-1]), [x[-1]]])
    inside = np.minimum(middle[1:], 60.0) - np.maximum(middle[:-1], 20.0)
    return items.W4_FIXED * np.maximum(inside, 0.0) / np.diff(middle)


def w4(n: int = 400):
    x = items.w4_positions(n) * 1e9
    names = ["Na", "K", "Cl", "Ca", "H"]
    lam2 = items.PERMITTIVITY * items.GAS_CONSTANT * items.TEMPERATURE / items.FARADAY**2 * 1e18
    baths = {name: {"potential": 0.0, **dict(zip(names, held))}
             for name, held in (("left", items.W4_LEFT), ("right", items.W4_RIGHT))}
    device = Device(*_line(x), names, items.W4_Z, items.W4_D * 1e9, lam2, baths)
    device.put("Fixed", _w4_charge(x))

    def solve():
        guess, psi = _donnan_guess(x)
        for name, values in zip(names, guess.T):
            device.put(name, values)
        device.put("Phi", psi)
        device.bias("right", 0.0)
        device.solve(1e-7)
        fluxes = np.array([device.inflow("left", name) for name in names])
        v0, i0, v1 = 0.0, items.W4_Z @ fluxes, 0.5
        for _ in range(12):
            device.bias("right", v1)
            device.solve(1e-7)
            now = np.array([device.inflow("left", name) for name in names])
            i1 = items.W4_Z @ now
            if abs(i1) < 1e-9 * np.abs(now).max():
                break
            v0, v1, i0 = v1, v1 - i1 * (v1 - v0) / (i1 - i0), i1
        return fluxes, v1

    return solve


def pore(dimension: int, n: int):
    """Triangles (2 per square) or tetrahedra (6 per box); surface charge in the control volumes of the wall."""
    length, height = items.PORE_LENGTH[dimension] * 1e9, items.PORE_HEIGHT * 1e9
    axes = [np.linspace(0, length, n + 1)] + [np.linspace(0, height, n + 1)] * (dimension - 1)
    grids = np.meshgrid(*axes, indexing="ij")
    coordinates = np.stack([g.ravel() for g in grids] + [0 * grids[0].ravel()] * (3 - dimension), axis=1)
    number = np.arange((n + 1) ** dimension).reshape((n + 1,) * dimension)
    elements = _simplices(number, dimension, 0)
    for tag, end in ((1, 0), (2, -1)):
        elements += _simplices(number[end], dimension - 1, tag)
    kilo = items.FARADAY * items.PORE_SALT * 1e-9
    lam2 = items.PERMITTIVITY * items.GAS_CONSTANT * items.TEMPERATURE / items.FARADAY**2 / items.PORE_SALT / 1e-18
    device = Device(coordinates, elements, ["K", "Cl"], [1, -1], [items.D_K * 1e9, items.D_CL * 1e9], lam2,
                    {"left": {"potential": items.PORE_VOLTAGE / items.VOLT, "K": 1.0, "Cl": 1.0},
                     "right": {"potential": 0.0, "K": 1.0, "Cl": 1.0}})
    device.put("Fixed", (items.PORE_CHARGE / kilo * _wall_weight(axes, n)).ravel())
    nodes = number.size

    def solve():
        for name, value in (("K", 1.0), ("Cl", 1.0), ("Phi", 0.0)):
            device.put(name, np.full(nodes, value))
        device.solve()
        current = kilo * (device.inflow("left", "K") - device.inflow("left", "Cl"))
        return current * (1.0 if dimension == 2 else 1e-9)

    return solve


def _simplices(number, dimension, tag):
    """Kuhn's division of every cell of a grid, in devsim's element list."""
    if dimension == 1:
        return np.stack([0 * number[1:] + 1, 0 * number[1:] + tag, number[:-1], number[1:]], axis=1).ravel().tolist()
    n = number.shape[0] - 1

    def corner(offset):
        return number[tuple(slice(o, n + o) for o in offset)].ravel()

    rows = []
    for order in permutations(range(dimension)):
        offset = [0] * dimension
        nodes = [corner(offset)]
        for axis in order:
            offset[axis] = 1
            nodes.append(corner(offset))
        kind = nodes[0] * 0 + dimension
        rows.append(np.stack([kind, kind * 0 + tag, *nodes], axis=1))
    return np.concatenate(rows).ravel().tolist()


def _wall_weight(axes, n):
    """Charged area over volume of every node's control volume."""
    i = np.arange(n + 1)
    along = ((i > n // 8) & (i < 7 * n // 8)).astype(float)
    along[[n // 8, 7 * n // 8]] = 0.5
    volumes = [_half_volumes(a) for a in axes]
    weight = np.zeros((n + 1,) * len(axes))
    for d in range(1, len(axes)):
        index = [slice(None)] * len(axes)
        index[d] = -1
        shape = [1] * (len(axes) - 1)
        shape[0] = n + 1
        weight[tuple(index)] += (along * axes[0][1] / volumes[0]).reshape(shape) / volumes[d][-1]
    return weight
