"""scipy's `solve_bvp` (collocation of order 4 on a mesh that it adapts) on the steady items in one dimension."""

from __future__ import annotations

import numpy as np

from benchmarks import items

NAME = "solve_bvp"


def version() -> str:
    import scipy

    return scipy.__version__


def w1(tolerance: float):
    """phi, phi', c+, c- with zero fluxes; lengths in Debye lengths; start: Debye-Hückel."""
    from scipy.integrate import solve_bvp

    debye = items.W2_DEBYE / np.sqrt(items.W1_SALT / items.W2_SALT)
    end, voltage = items.W1_LENGTH / debye, items.W1_VOLTAGE / items.VOLT

    def right(x, y):
        return np.array([y[1], 0.5 * (y[3] - y[2]), -y[2] * y[1], y[3] * y[1]])

    def jacobian(x, y):
        j = np.zeros((4, 4, x.size))
        j[0, 1], j[1, 2], j[1, 3] = 1.0, -0.5, 0.5
        j[2, 1], j[2, 2], j[3, 1], j[3, 3] = -y[2], -y[1], y[3], y[1]
        return j

    def ends(a, b):
        return np.array([a[0] - voltage, b[0], b[2] - 1.0, b[3] - 1.0])

    x = items.graded(end, 80, 6.0)
    phi = voltage * np.exp(-x)
    start = np.array([phi, -phi, np.exp(-phi), np.exp(phi)])

    def solve():
        found = solve_bvp(right, ends, x, start, fun_jac=jacobian, tol=tolerance, max_nodes=50_000)
        assert found.status == 0, found.message
        return -float(found.sol(0.0)[1]) * items.PERMITTIVITY * items.VOLT / debye

    return solve


def w3(tolerance: float):
    """c+, c-, eps phi', phi and the flux as a parameter; each voltage starts from the mesh of the one before."""
    from scipy.integrate import solve_bvp

    eps = items.W3_RATIO

    def right(x, y, p):
        field = y[2] / eps
        return np.array([-y[0] * field + p[0], y[1] * field, (y[1] - y[0]) / eps, field])

    def jacobian(x, y, p):
        j, by_parameter = np.zeros((4, 4, x.size)), np.zeros((4, 1, x.size))
        j[0, 0], j[0, 2], j[1, 1], j[1, 2] = -y[2] / eps, -y[0] / eps, y[2] / eps, y[1] / eps
        j[2, 0], j[2, 1], j[3, 2] = -1.0 / eps, 1.0 / eps, 1.0 / eps
        by_parameter[0, 0] = 1.0
        return j, by_parameter

    def solve():
        x = items.graded(1.0, 400, 8.0)
        y, p, fluxes = np.zeros((4, x.size)), np.zeros(1), []
        y[:2] = 1.0
        for voltage in items.W3_VOLTAGES:

            def ends(a, b, p, voltage=voltage):
                return np.array([a[0] - 1.0, a[3] + voltage, b[0] - 1.0, b[1] - 1.0, b[3]])

            found = solve_bvp(right, ends, x, y, p, fun_jac=jacobian, tol=tolerance, max_nodes=400_000)
            assert found.status == 0, found.message
            x, y, p = found.x, found.y, found.p
            fluxes.append(float(p[0]))
        return np.array(fluxes)

    return solve


def w4(tolerance: float):
    """Three layers folded on [0, 1] (21 equations), fluxes as parameters; the fixed charge is raised in 20 steps."""
    from scipy.integrate import solve_bvp

    z, d = items.W4_Z, items.W4_D * 1e9
    lam2 = items.PERMITTIVITY * items.GAS_CONSTANT * items.TEMPERATURE / items.FARADAY**2 * 1e18
    lengths, middle = np.array([20.0, 40.0, 20.0]), 7

    def problem(fixed, open_circuit):
        charges = (0.0, fixed, 0.0)

        def right(s, y, p):
            out = np.empty_like(y)
            for g, (length, charge) in enumerate(zip(lengths, charges)):
                c, phi = y[middle * g : middle * g + 5], y[middle * g + 5 : middle * g + 7]
                out[middle * g : middle * g + 5] = length * (-(p[:5] / d)[:, None] - z[:, None] * c * phi[1])
                out[middle * g + 5] = length * phi[1]
                out[middle * g + 6] = -length * (z @ c + charge) / lam2
            return out

        def jacobian(s, y, p):
            j, by_parameter = np.zeros((21, 21, s.size)), np.zeros((21, p.size, s.size))
            for g, length in enumerate(lengths):
                o = middle * g
                for k in range(5):
                    j[o + k, o + k] = -length * z[k] * y[o + 6]
                    j[o + k, o + 6] = -length * z[k] * y[o + k]
                    j[o + 6, o + k] = -length * z[k] / lam2
                    by_parameter[o + k, k] = -length / d[k]
                j[o + 5, o + 6] = length
            return j, by_parameter

        def ends(a, b, p):
            rows = [*(a[:5] - items.W4_LEFT), a[5], *(a[7:14] - b[:7]), *(a[14:21] - b[7:14])]
            rows += [*(b[14:19] - items.W4_RIGHT)]
            rows += [b[19] - p[5], z @ p[:5]] if open_circuit else [b[19]]
            return np.array(rows)

        return right, ends, jacobian

    def solve():
        s = np.linspace(0.0, 1.0, 41)
        y, p = np.zeros((21, s.size)), np.zeros(5)
        before = (0.0, 20.0, 60.0)
        for g, length in enumerate(lengths):
            share = (before[g] + s * length) / 80.0
            y[middle * g : middle * g + 5] = np.outer(items.W4_LEFT, 1 - share) + np.outer(items.W4_RIGHT, share)
        for load in np.linspace(0.05, 1.0, 20):
            right, ends, jacobian = problem(load * items.W4_FIXED, False)
            found = solve_bvp(right, ends, s, y, p, fun_jac=jacobian, tol=1e-5, max_nodes=100_000)
            assert found.status == 0, found.message
            s, y, p = found.x, found.y, found.p
        found = solve_bvp(right, ends, s, y, p, fun_jac=jacobian, tol=tolerance, max_nodes=100_000)
        assert found.status == 0, found.message
        fluxes = found.p.copy()
        right, ends, jacobian = problem(items.W4_FIXED, True)
        found = solve_bvp(right, ends, found.x, found.y, np.append(fluxes, 0.0), fun_jac=jacobian, tol=tolerance,
                          max_nodes=100_000)
        assert found.status == 0, found.message
        return fluxes, float(found.p[5])

    return solve
