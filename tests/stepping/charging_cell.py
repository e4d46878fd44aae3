"""Charging of a blocking cell (Bazant, Thornton & Ajdari, Phys. Rev. E 70 (2004) 021506) in plain NumPy.

``dc/dt = eps d/dx (dc/dx + z c dphi/dx)`` for z = +1, -1 on [-1, 1], ``-eps^2 phi'' = (c+ - c-)/2``, no flux at
both electrodes, ``phi(-1) = -v``, ``phi(1) = v``, c = 1 at the start; time in units of lambda_D L/D.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dgbtrf, dgbtrs

from npsolver.errors import ConvergenceError

TIMES = np.array([0.1, 0.5, 1.0, 2.0, 5.0])
# total charge of half the cell over 2 eps at TIMES: independent spectral reference values
REFERENCE = {
    1: np.array([0.09558578962897255, 0.3951314263688209, 0.6356673461843618, 0.8762799482187862, 1.0265261290192733]),
    4: np.array([0.38234295441310984, 1.588495941827425, 2.619381345385711, 3.9096914949576007, 5.616623077735713]),
}


def mesh(cells: int, grading: float) -> np.ndarray:
    """Nodes on [-1, 1], clustered at both ends."""
    s = np.linspace(-1, 1, cells + 1)
    return np.sign(s) * (1 - np.expm1(grading * (1 - np.abs(s))) / np.expm1(grading))


def bernoulli(x):
    """x/(exp x - 1) and its derivative."""
    small = np.abs(x) < 1e-5
    safe = np.where(small, 1.0, x)
    e = np.expm1(safe)
    b = np.where(small, 1 - x / 2, safe / e)
    return b, np.where(small, -0.5 + x / 6, (1.0 - safe * (e + 1.0) / e) / e)


class ChargingCell:
    """Scharfetter-Gummel discretisation; unknowns (c+, c-, phi) per node, banded LU."""

    def __init__(self, v: float, cells: int = 400, eps: float = 0.01, grading: float = 7.0):
        self.v, self.eps = v, eps
        self.x = mesh(cells, grading)
        self.h = np.diff(self.x)
        self.volume = np.zeros(cells + 1)
        self.volume[1:] += self.h / 2
        self.volume[:-1] += self.h / 2
        self.half = np.where(self.x < -1e-14, 1.0, 0.0)
        self.half[cells // 2] = 0.5
        self.size = 3 * (cells + 1)
        self.mass_diagonal = np.zeros(self.size)
        self.mass_diagonal[0::3] = self.mass_diagonal[1::3] = self.volume
        self.band = np.zeros((16, self.size), order="F")
        self.counts = {"residual": 0, "linearise": 0, "solve": 0}

    def start(self) -> np.ndarray:
        """Salt at rest; the potential is left to the consistent start."""
        u = np.ones(self.size)
        u[2::3] = 0.0
        return u

    def charge(self, u) -> float:
        return float(((u[0::3] - u[1::3]) * self.volume * self.half).sum() / (2 * self.eps))

    def residual(self, u, out):
        self.counts["residual"] += 1
        c, a, p = u[0::3], u[1::3], u[2::3]
        w = np.diff(p)
        b = bernoulli(w)[0]
        bm = b + w
        k = self.eps / self.h
        out[:] = 0.0
        for offset, flux in (
            (0, k * (b * c[:-1] - bm * c[1:])),
            (1, k * (bm * a[:-1] - b * a[1:])),
            (2, -2 * self.eps * k * w),
        ):
            out[offset:-3:3] += flux
            out[3 + offset :: 3] -= flux
        out[2::3] -= self.volume * (c - a)
        out[2] = p[0] + self.v
        out[-1] = p[-1] - self.v

    def jacobian(self, u, shift):
        """Band storage of shift M + J, five sub- and super-diagonals, diagonal in row 10."""
        c, a, p = u[0::3], u[1::3], u[2::3]
        w = np.diff(p)
        b, db = bernoulli(w)
        bm, dbm = b + w, db + 1
        k = self.eps / self.h
        ab = self.band
        ab[:] = 0.0
        n = self.size

        def put(row, column, value):
            # flux leaves node i (row offset `row`) and enters i + 1; column counts from node i's first unknown
            for shift_row, sign in ((0, 1.0), (3, -1.0)):
                i, j = row + shift_row, column
                ab[10 + i - j, j : n - 3 + j : 3][: value.size] += sign * value

        put(0, 0, k * b)
        put(0, 3, -k * bm)
        dflux = k * (db * c[:-1] - dbm * c[1:])
        put(0, 5, dflux)
        put(0, 2, -dflux)
        put(1, 1, k * bm)
        put(1, 4, -k * b)
        dflux = k * (dbm * a[:-1] - db * a[1:])
        put(1, 5, dflux)
        put(1, 2, -dflux)
        put(2, 2, 2 * self.eps * k)
        put(2, 5, -2 * self.eps * k)
        ab[12, 0::3] -= self.volume
        ab[11, 1::3] += self.volume
        for i in (2, n - 1):
            for j in range(max(0, i - 5), min(n, i + 6)):
                ab[10 + i - j, j] = float(i == j)
        ab[10] += shift * self.mass_diagonal
        return ab

    def linearise(self, u, shift):
        self.counts["linearise"] += 1
        self.lu, self.pivots, info = dgbtrf(self.jacobian(u, shift), 5, 5)
        if info != 0:
            raise ConvergenceError("singular matrix")

    def solve(self, b, out):
        self.counts["solve"] += 1
        x, _ = dgbtrs(self.lu, 5, 5, b, self.pivots)
        out[:] = x

    def mass(self, v, out):
        np.multiply(self.mass_diagonal, v, out)

    def admissible(self, u):
        return bool(np.isfinite(u).all() and (u[0::3] > 0).all() and (u[1::3] > 0).all())

    def error_norm(self, error, u_old, u_new, rtol):
        weight = rtol * (1.0 + np.maximum(np.abs(u_old), np.abs(u_new)))
        return float(np.sqrt(np.mean((error / weight) ** 2)))

    def implicit_euler(self, u_old, dt, guess):
        u, r, step, m = guess.copy(), np.empty(self.size), np.empty(self.size), np.empty(self.size)
        for _ in range(30):
            self.residual(u, r)
            self.mass((u - u_old) / dt, m)
            self.linearise(u, 1.0 / dt)
            self.solve(-(r + m), step)
            # a decrease beyond half of a concentration enters logarithmically
            for k in (0, 1):
                c, d = u[k::3], step[k::3]
                u[k::3] = np.where(d < -0.5 * c, 0.5 * c * np.exp(np.minimum(0.0, 1 + 2 * d / c)), c + d)
            u[2::3] += step[2::3]
            if np.abs(step).max() < 1e-11 * (1 + np.abs(u).max()):
                return u
        raise ConvergenceError("implicit Euler: Newton did not converge")
