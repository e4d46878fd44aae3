"""Coefficients of the Rosenbrock methods, as data.

All methods are stiffly accurate and L-stable and meet the order conditions of index-1 differential-algebraic
systems; they are written in the transformed variables of Hairer & Wanner, *Solving Ordinary Differential
Equations II* (1996), Sect. IV.7, Eq. (7.25'): with ``M u' = -r(t, u)``, ``shift = 1/(gamma dt)`` and ``J = dr/du``,

    (shift M + J) U_i = -r(t + alpha_i dt, u + sum_j a_ij U_j) + M sum_j (c_ij/dt) U_j - d_i dt dr/dt
    u_new = u + sum_j m_j U_j,   error = sum_j e_j U_j

and the continuous extension is ``u(t + theta dt) = u + sum_j w_j(theta) U_j`` with
``w = theta (m + (1 - theta)(H_0 + theta H_1 + theta^2 H_2))``.

RODAS5P is the default at every tolerance. Charging of a blocking cell (400 cells, to t = 5, output inside steps
controlled): steps / milliseconds with 60 us per Jacobian and factorisation, 10 us per residual and 15 us per solution,
and the largest relative error of the charge over the tolerance:

============ ================= ================= =================
v, tolerance rodas3p           rodas4p           rodas5p
============ ================= ================= =================
1, 1e-2        7 /  1.5 / 0.67   7 /  1.8 / 0.12   6 /  1.9 / 0.03
1, 1e-4       18 /  3.6 / 1.00  14 /  3.5 / 0.42  10 /  3.0 / 0.11
1, 1e-6       85 / 16.8 / 1.00  47 / 11.8 / 0.19  24 /  8.1 / 0.10
4, 1e-2        8 /  1.7 / 0.51  10 /  2.5 / 0.01   8 /  2.5 / 0.02
4, 1e-4       25 /  5.6 / 0.27  23 /  6.0 / 0.02  14 /  4.2 / 0.05
4, 1e-6      114 / 22.5 / 0.37  84 / 21.0 / 0.01  41 / 12.6 / 0.04
============ ================= ================= =================

Over nine problems (charging at v = 0.1 to 10, a salt pulse, a step of a bath concentration, ramped and sinusoidal
voltages) the same cost sums to 23, 44 and 110 ms at 1e-2, 1e-4 and 1e-6 with RODAS5P, 21, 63 and 262 with RODAS3P, 25,
60 and 183 with RODAS4P. The largest root-mean-square error at 60 output times is 4 tolerances with RODAS5P (from 1e-3
on), 6 with RODAS3P and 2 with RODAS4P. RODAS needs 23, 57 and 214 ms and errs by up to 18 tolerances: not kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Tableau:
    """One Rosenbrock method with ``s`` stages.

    Attributes
    ----------
    name, source : str
    order, error_order, dense_order : int
        Orders of the solution, of the embedded solution and of the continuous extension.
    gamma : float
    a, c : (s, s) float64
        Strictly lower triangular stage and mass coefficients.
    alpha, d : (s,) float64
        Stage times and weights of the time derivative.
    m, e : (s,) float64
        Weights of the solution and of the error estimate.
    dense : (k, s) float64
        Rows ``H`` of the continuous extension.
    calibration : float
        Factor on the tolerance in the acceptance test, measured so that the true error follows the tolerance asked for:
        the solution is one order better than its error estimate.
    """

    name: str
    source: str
    order: int
    error_order: int
    dense_order: int
    gamma: float
    a: np.ndarray
    c: np.ndarray
    alpha: np.ndarray
    d: np.ndarray
    m: np.ndarray
    e: np.ndarray
    dense: np.ndarray
    calibration: float = 1.0

    @property
    def stages(self) -> int:
        return self.m.size

    def same_argument(self, i: int) -> int:
        """First stage evaluated at the same time and state as stage ``i``: they share one residual."""
        return next(j for j in range(i + 1) if self.alpha[j] == self.alpha[i] and (self.a[j] == self.a[i]).all())

    @property
    def residuals(self) -> int:
        """Residual evaluations per step."""
        return len({self.same_argument(i) for i in range(self.stages)})


def _lower(rows, stages: int) -> np.ndarray:
    matrix = np.zeros((stages, stages))
    for i, row in enumerate(rows, start=1):
        matrix[i, : len(row)] = row
    return matrix


def _stiffly_accurate(name, source, orders, gamma, a, c, alpha, d, dense, calibration=1.0) -> Tableau:
    """Complete a method whose last stages add one U_j each: rows of ``a`` beyond those given repeat the last plus ones.

    The embedded solution is the argument of the last stage, so the error estimate is the last U.
    """
    stages = len(c) + 1
    matrix = _lower(a, stages)
    for i in range(len(a) + 1, stages):
        matrix[i] = matrix[i - 1]
        matrix[i, i - 1] = 1.0
    m = matrix[-1].copy()
    m[-1] = 1.0
    e = np.zeros(stages)
    e[-1] = 1.0
    pad = (0.0,) * stages
    return Tableau(
        name, source, *orders, gamma, matrix, _lower(c, stages),
        np.array((*alpha, *(1.0,) * (stages - len(alpha)))), np.array((*d, *pad))[:stages],
        m, e, np.array([(*row, *pad)[:stages] for row in dense]), calibration,
    )  # fmt: skip


# The published method with its shared stages (stage 3 starts from u, stages 4 and 5 from one argument): three residuals
# and five solves. The continuous extension is derived here from the third-order conditions, w(1) = m, and the condition
# b omega alpha^3 = theta^3 of the algebraic unknowns (Hairer & Wanner, Sect. VI.4).
RODAS3P = Tableau(
    "rodas3p",
    "Steinebach & Rodrigues (2024), Rodas3P",
    3,
    2,
    3,
    1.0 / 3.0,
    _lower([[4.0 / 3.0], [], [2.90625, 3.375, 0.40625], [2.90625, 3.375, 0.40625]], 5),
    _lower([[-4.0], [8.25, 6.75], [1.21875, -5.0625, -1.96875], [4.03125, -15.1875, -4.03125, 6.0]], 5),
    np.array([0.0, 4.0 / 9.0, 0.0, 1.0, 1.0]),
    np.array([1.0 / 3.0, -1.0 / 9.0, 1.0, 0.0, 0.0]),
    np.array([2.90625, 3.375, 0.40625, 0.0, 1.0]),
    np.array([0.0, 0.0, 0.0, -1.0, 1.0]),
    np.array([[4.59375, -3.375, -1.90625, 3.0, -4.0], [-0.84375, 3.0375, 0.61875, -7.2, 5.4]]),
)

RODAS4P = _stiffly_accurate(
    "rodas4p",
    "Steinebach (1995), Preprint 1741, TU Darmstadt; Hairer & Wanner (1996), Sect. VI.4",
    (4, 3, 3),
    0.25,
    [
        [3.0],
        [1.831036793486759, 0.4955183967433795],
        [2.304376582692669, -0.05249275245743001, -1.176798761832782],
        [-7.170454962423024, -4.741636671481785, -16.31002631330971, -1.062004044111401],
    ],
    [
        [-12.0],
        [-8.791795173947035, -2.207865586973518],
        [10.81793056857153, 6.780270611428266, 19.5348594464241],
        [34.19095006749676, 15.49671153725963, 54.7476087596413, 14.16005392148534],
        [34.62605830930532, 15.30084976114473, 56.99955578662667, 18.40807009793095, -5.714285714285717],
    ],
    [0.0, 0.75, 0.21, 0.63],
    [0.25, -0.5, -0.023504, -0.0362],
    [
        [25.09876703708589, 11.62013104361867, 28.49148307714626, -5.664021568594133, 0.0],
        [1.638054557396973, -0.7373619806678748, 8.47791821923899, 15.9925314877952, -1.882352941176471],
    ],
)

RODAS5P = _stiffly_accurate(
    "rodas5p",
    "Steinebach (2023), BIT Numer. Math. 63:27",
    (5, 4, 4),
    0.21193756319429014,
    [
        [3.0],
        [2.849394379747939, 0.45842242204463923],
        [-6.954028509809101, 2.489845061869568, -10.358996098473584],
        [2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641],
        [-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946],
    ],
    [
        [-14.155112264123755],
        [-17.97296035885952, -2.859693295451294],
        [147.12150275711716, -1.41221402718213, 71.68940251302358],
        [165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306],
        [24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471],
        [
            30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
            -28.087943162872662,
        ],
        [
            37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
            -54.66780262877968, -9.48861652309627,
        ],
    ],
    [0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716, 0.4288403609558664],
    [0.21193756319429014, -0.42387512638858027, -0.3384627126235924, 1.8046452872882734, 2.325825639765069],
    [
        [
            25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
            1.1241088310450404, 0.4272876194431874, -0.17202221070155493,
        ],
        [
            -9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
            15.98066361424651, -6.789040303419874, -6.710236069923372,
        ],
        [
            11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
            -59.78993625266729, -0.15582684282751913, 4.883087185713722,
        ],
    ],
    calibration=10.0,
)  # fmt: skip

TABLEAUX = {tableau.name: tableau for tableau in (RODAS3P, RODAS4P, RODAS5P)}
