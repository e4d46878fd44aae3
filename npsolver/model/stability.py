"""Whether a homogeneous solution is stable against separation into two."""

from __future__ import annotations

import numpy as np

from npsolver.model.excess import total_excess


def smallest_factor(laws: tuple, c: np.ndarray, charge: np.ndarray) -> np.ndarray:
    """Smallest eigenvalue of the thermodynamic factors of all neutral changes of composition, (n,); 1 for ideal solutions.

    The eigenvalue of ``delta_ij + sqrt(c_i c_j) dmu_ex,i/dc_j`` (in RT) for changes without charge. For one salt it is
    1 + d ln gamma±/d ln c; where it is not positive the free energy is not convex and the solution is unstable (J. W.
    Gibbs; I. Prigogine and R. Defay, Chemical Thermodynamics, 1954, ch. XV). NaN where the laws have no finite value.

    Parameters
    ----------
    laws : tuple of ExcessLaw
    c : (n, n_species) float64
        mol/m³; species at 0 do not count.
    charge : (n_species,) float64
    """
    _, slope = total_excess(laws, c, charge)
    root = np.sqrt(c)
    factors = np.eye(c.shape[1]) + root[:, :, None] * slope * root[:, None, :]
    factors = 0.5 * (factors + factors.transpose(0, 2, 1))
    known = np.isfinite(factors).all(axis=(1, 2))
    # a change dc_i = sqrt(c_i) y_i is neutral where y is perpendicular to z_i sqrt(c_i); that direction gets a factor of 1
    normal = charge * root
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, size, out=np.zeros_like(normal), where=size > 0.0)
    keep = np.eye(c.shape[1]) - normal[:, :, None] * normal[:, None, :]
    found = np.full(len(c), np.nan)
    projected = keep[known] @ factors[known] @ keep[known] + normal[known][:, :, None] * normal[known][:, None, :]
    found[known] = np.linalg.eigvalsh(projected)[:, 0]
    return found
