"""Profiles in x written as an expression: compiled from a short list of names, nothing else can be called."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field

import numpy as np

from npsolver.case.problems import listed, nearest

MAX_LENGTH = 2000
MAX_NODES = 400

_erf = np.vectorize(math.erf, otypes=[float])
FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "arctan": np.arctan,
    "erf": _erf,
    "abs": np.abs,
    "where": np.where,
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "minimum": np.minimum,
    "maximum": np.maximum,
}
ARGUMENTS = dict.fromkeys(FUNCTIONS, 1) | {"where": 3, "minimum": 2, "maximum": 2}
CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class ExpressionError(ValueError):
    """An expression that is not allowed or not an expression."""


@dataclass(frozen=True)
class Profile:
    """A function of position.

    Attributes
    ----------
    expression : str
        In x (m) and L (m).
    factor : float
        Turns the value of the expression into SI units.
    length : float
        L, m.
    variables : tuple of str
        Names of the coordinates.
    """

    expression: str
    factor: float
    length: float
    variables: tuple[str, ...] = ("x",)
    _code: object = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self):
        object.__setattr__(self, "_code", compile_expression(self.expression, (*self.variables, "L")))

    def __reduce__(self):
        return Profile, (self.expression, self.factor, self.length, self.variables)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values (SI) at the positions `x` (m): (...) with one variable, (..., n) with n of them."""
        x = np.asarray(x, dtype=float)
        if len(self.variables) == 1:
            values = {self.variables[0]: x}
        else:
            values = {name: x[..., i] for i, name in enumerate(self.variables)}
            x = x[..., 0]
        names = {**FUNCTIONS, **_INTERNAL, **CONSTANTS, **values, "L": self.length, "__builtins__": {}}
        with np.errstate(all="ignore"):  # the caller checks that every value is finite
            value = eval(self._code, names)  # only what compile_expression lets pass
        return np.broadcast_to(np.asarray(value, dtype=float) * self.factor, x.shape).copy()


def compile_expression(text: str, variables: tuple[str, ...] = ("x", "L")):
    """Code object of an expression made only of numbers, the variables, operators and functions.

    Raises
    ------
    ExpressionError
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(text.strip().replace("^", "**"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"is not an expression: {text[:60]!r}") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise ExpressionError("is too long")
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        _check(node, called, variables)
    tree = ast.fix_missing_locations(_Rewrite().visit(tree))
    return compile(tree, "<profile>", "eval")


def _check(node: ast.AST, called: set[int], variables: tuple[str, ...]) -> None:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise ExpressionError(f"expected a number, got {node.value!r}")
    elif isinstance(node, ast.Name):
        _check_name(node.id, id(node) in called, variables)
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise ExpressionError(f"only these functions can be called: {listed(FUNCTIONS, 20)}")
        expected = ARGUMENTS.get(node.func.id)
        if expected is not None and len(node.args) != expected:
            raise ExpressionError(f"{node.func.id} takes {expected} argument(s), got {len(node.args)}")
    elif isinstance(node, ast.BoolOp | ast.Not | ast.IfExp):
        raise ExpressionError("use where(condition, a, b) for conditions")
    elif not isinstance(
        node,
        (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Compare, ast.expr_context, *_OPERATORS, *_COMPARISONS),
    ):
        raise ExpressionError(f"{type(node).__name__.lower()} is not allowed; only + - * / ** and functions of x")
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        raise ExpressionError("compare two values at a time")


def _check_name(name: str, is_called: bool, variables: tuple[str, ...]) -> None:
    if is_called and name not in FUNCTIONS:
        raise ExpressionError(f"unknown function {name!r}{nearest(name, FUNCTIONS)} (valid: {listed(FUNCTIONS, 20)})")
    valid = (*variables, *CONSTANTS)
    if not is_called and name not in valid:
        raise ExpressionError(f"unknown name {name!r}{nearest(name, valid)} (valid: {listed(valid)})")


class _Rewrite(ast.NodeTransformer):
    """Whole numbers become floats and powers NumPy's: a tower of powers overflows instead of running for ever."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        try:
            return ast.copy_location(ast.Constant(float(node.value)), node)
        except OverflowError:
            raise ExpressionError("a number in it is too large") from None

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        function = {ast.Pow: "_power", ast.Div: "_divide"}.get(type(node.op))
        if function is None:
            return node
        call = ast.Call(ast.Name(function, ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)


_INTERNAL = {"_power": np.power, "_divide": np.true_divide}
