"""Multiple shooting for the steady electroneutral film, ``dc/dt = (k sᵀ - v diag(z)) c``; see :mod:`.films`."""

from __future__ import annotations

import numpy as np

from ..errors import ConvergenceError


class Shooting:
    """Multiple shooting for nodes c_j = c(j/m) and k; concentrations scaled by each ion's larger face value."""

    def __init__(self, z, D, left, right):
        self.z, self.s, self.D, self.left, self.right = z, z**2, D, left, right
        self.scale = np.maximum(left, right)
        self.transport = (np.abs(z) * D) @ self.scale

    def drop(self, k, conduction, slopes):
        """Potential difference in RT/F and its gradient in (nodes, k)."""
        gradient = np.zeros_like(slopes)
        gradient[-self.z.size :] = self.z
        return self.z @ k, gradient

    def current(self, k, conduction, slopes):
        """Current times thickness over F, ``-sum z D k`` times the mean of ``sum z² c``."""
        gradient = -(self.z * self.D @ k) * slopes
        gradient[-self.z.size :] -= self.z * self.D * conduction
        return -(self.z * self.D @ k) * conduction, gradient

    def solve(self, condition, target):
        """Nodes (m + 1, n) and k, from the zero-current film on to the wanted current or potential difference."""
        state = self._zero_current()
        if condition == self.current and target == 0:
            return state
        nodes, k = state
        reached, _ = condition(k, self._conduction(nodes, k), np.zeros(k.size))
        step = target - reached
        while reached != target:
            value = target if abs(step) >= abs(target - reached) else reached + step
            trial = self._newton(condition, value, self.right, state)
            if trial is None:
                step /= 2
                if abs(step) < 1e-6 * abs(target):
                    raise ConvergenceError(
                        f"electroneutral film: no solution beyond {reached / target:.3g} of the drive"
                    )
            else:
                state, reached, step = trial, value, 2 * step
        return state

    def _zero_current(self):
        """From a linear or geometric path at once, or else continued from a uniform film."""
        t = np.linspace(0, 1, 9)[:, None]
        linear = self.left + t * (self.right - self.left)
        both = (self.left > 0) & (self.right > 0)
        low, high = np.where(both, self.left, 1.0), np.where(both, self.right, 1.0)
        for path in (linear, np.where(both, low * (high / low) ** t, linear)):
            trial = self._newton(self.current, 0.0, self.right, self._guess(path))
            if trial is not None:
                return trial
        state, reached, step = (np.tile(self.left, (9, 1)), np.zeros(self.z.size)), 0.0, 0.25
        while reached < 1:
            value = min(1.0, reached + step)
            trial = self._newton(self.current, 0.0, self.left + value * (self.right - self.left), state)
            if trial is None:
                step /= 2
                if step < 1e-9:
                    raise ConvergenceError(f"electroneutral film: no solution beyond {reached:.3g} of the way across")
            else:
                state, reached, step = trial, value, 2 * step
        return state

    def _guess(self, nodes):
        """k that carries the given path on average, with the potential difference that stops its current."""
        mean, change = nodes.mean(axis=0), nodes[-1] - nodes[0]
        v = -(self.z * self.D @ change) / (self.s * self.D @ mean)
        return nodes, (change + v * self.z * mean) / (self.s @ mean)

    def _matrix(self, k):
        """Generator of (c, integral of s.c): [[k sᵀ - (z.k) diag(z), 0], [sᵀ, 0]]."""
        n = self.z.size
        matrix = np.zeros((n + 1, n + 1))
        matrix[:n, :n] = np.outer(k, self.s) - (self.z @ k) * np.diag(self.z)
        matrix[n, :n] = self.s
        return matrix

    def _step(self, k, segments):
        """Propagator over one segment (n + 1, n) and its derivatives by k (n, n + 1, n)."""
        from scipy.linalg import expm

        n = self.z.size
        blocks = np.zeros((n, 2 * n + 2, 2 * n + 2))
        blocks[:, : n + 1, : n + 1] = blocks[:, n + 1 :, n + 1 :] = self._matrix(k)
        blocks[:, :n, n + 1 : -1] = -self.z[:, None, None] * np.diag(self.z)
        blocks[np.arange(n), np.arange(n), n + 1 : -1] += self.s
        result = expm(blocks / segments)
        return result[0, : n + 1, :n], result[:, : n + 1, n + 1 : -1]

    def _conduction(self, nodes, k):
        return float((nodes[:-1] @ self._step(k, len(nodes) - 1)[0][-1]).sum())

    def _refined(self, state):
        """Nodes close enough for no segment to grow or decay by more than about e²."""
        nodes, k = state
        needed = int(np.ceil(abs(self.z @ k) * np.max(np.abs(self.z)) / 2))
        if needed < len(nodes):
            return state
        t = np.linspace(0, 1, 2 * needed + 1)
        return np.stack([np.interp(t, np.linspace(0, 1, len(nodes)), c) for c in nodes.T], axis=1), k

    def _newton(self, condition, target, right, state):
        """Gauss-Newton: one of the equations repeats the others, because charge is conserved along the film."""
        nodes, k = self._refined(state)
        nodes = nodes.copy()
        nodes[-1] = right
        n, m = k.size, len(nodes) - 1
        columns = np.concatenate([np.tile(self.scale, m - 1), self.scale / (self.s @ self.scale)])
        unit = self.transport if condition == self.current else 1.0
        rows, jacobian, size = self._linearised(condition, target, unit, nodes, k)
        for _ in range(60):
            if not np.isfinite(size):
                return None
            update = columns * np.linalg.lstsq(jacobian * columns, -rows, rcond=1e-15)[0]
            damping = 1.0
            while True:
                new_nodes = nodes.copy()
                new_nodes[1:-1] += damping * update[:-n].reshape(m - 1, n)
                new_k = k + damping * update[-n:]
                trial = self._linearised(condition, target, unit, new_nodes, new_k)
                if np.isfinite(trial[2]) and (trial[2] < (1 - damping / 4) * size or trial[2] < 1e-11):
                    break
                damping /= 2
                if damping < 1e-3:
                    return None
            nodes, k, (rows, jacobian, size) = new_nodes, new_k, trial
            if np.max(np.abs(update / columns)) < 1e-9 and size < 1e-11:
                break
        else:
            return None
        return (nodes, k) if np.all(nodes >= -1e-9 * self.scale) else None

    def _linearised(self, condition, target, unit, nodes, k):
        """Scaled residuals, Jacobian in (inner nodes, k), and the norm of the residuals."""
        n, m = k.size, len(nodes) - 1
        with np.errstate(all="ignore"):
            step, by_k = self._step(k, m)
            rows = (nodes[:-1] @ step[:n].T - nodes[1:]) / self.scale
            jacobian = np.zeros((m * n + 1, m * n))
            forward, back = step[:n] / self.scale[:, None], -np.diag(1 / self.scale)
            for j in range(m):
                here = slice(j * n, (j + 1) * n)
                if j > 0:
                    jacobian[here, (j - 1) * n : j * n] = forward
                if j < m - 1:
                    jacobian[here, here] = back
                jacobian[here, (m - 1) * n :] = (by_k[:, :n] @ nodes[j]).T / self.scale[:, None]
            slopes = np.concatenate([np.tile(step[n], m - 1), by_k[:, n] @ nodes[:-1].sum(axis=0)])
            value, gradient = condition(k, (nodes[:-1] @ step[n]).sum(), slopes)
            jacobian[-1] = gradient / unit
            rows = np.append(rows.ravel(), (value - target) / unit)
            return rows, jacobian, np.linalg.norm(rows) if np.all(np.isfinite(jacobian)) else np.inf

    def profile(self, nodes, k, points):
        """t (m,), concentrations (n, m) and the integral of ``sum z² c`` up to t."""
        from scipy.linalg import expm

        segments, step = len(nodes) - 1, self._step(k, len(nodes) - 1)[0]
        start = np.concatenate([[0.0], np.cumsum(nodes[:-1] @ step[-1])])
        t = np.linspace(0, 1, points)
        j = np.minimum((t * segments).astype(int), segments - 1)
        advance = expm((t - j / segments)[:, None, None] * self._matrix(k))[:, :, :-1]
        states = (advance @ nodes[j][:, :, None])[..., 0]
        return t, states[:, :-1].T, start[j] + states[:, -1]
