"""Formulas of a study: derived values and constraints, walked as a tree; nothing but this list can be called."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Iterable, Mapping

from npsolver.case.problems import listed, nearest
from npsolver.units import FARADAY, GAS_CONSTANT

FUNCTIONS = {
    **{name: getattr(math, name) for name in ("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh")},
    **{name: getattr(math, name) for name in ("tanh", "asinh", "atan", "floor", "ceil")},
    "abs": abs,
    "min": min,
    "max": max,
    "round": round,
}
CONSTANTS = {"pi": math.pi, "e": math.e, "R": GAS_CONSTANT, "F": FARADAY}
_BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
MAX_LENGTH = 1000


class FormulaError(ValueError):
    """A formula that is not allowed, or that has no value."""


class Formula:
    """A formula in named values.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / ** %``, comparisons, ``and or not``, ``a if b else c`` and the functions above.

    Attributes
    ----------
    names : frozenset of str
        Values it needs.
    """

    def __init__(self, text: str):
        if len(text) > MAX_LENGTH:
            raise FormulaError(f"is longer than {MAX_LENGTH} characters")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise FormulaError(f"is not a formula: {text[:60]!r}") from None
        self.text, found = text, set()
        called = {id(n.func) for n in ast.walk(self._tree) if isinstance(n, ast.Call)}
        for node in ast.walk(self._tree):
            _check(node)
            if isinstance(node, ast.Name) and id(node) not in called:
                found.add(node.id)
        self.names = frozenset(found - set(CONSTANTS))

    def check_names(self, known: Iterable[str]) -> None:
        """FormulaError if it needs a value that there is not."""
        known = list(known)
        for name in sorted(self.names - set(known)):
            raise FormulaError(f"unknown name {name!r}{nearest(name, known)} (there are: {listed(known, 20)})")

    def __call__(self, values: Mapping[str, object]) -> object:
        """Value of the formula.

        Raises
        ------
        FormulaError
            If it has none, e.g. after a division by zero.
        """
        try:
            return _value(self._tree, values)
        except (ArithmeticError, ValueError, TypeError) as error:
            shown = ", ".join(f"{name} = {values[name]}" for name in sorted(self.names))
            raise FormulaError(f"{self.text!r} has no value at {shown}: {error}") from None


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
            raise FormulaError(f"expected a number or a text, got {node.value!r}")
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            raise FormulaError(
                f"unknown function {name!r}{nearest(name, FUNCTIONS)} (valid: {listed(FUNCTIONS, 20)})"
                if name
                else f"only these functions can be called: {listed(FUNCTIONS, 20)}"
            )
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in _BINARY and not isinstance(node.op, ast.Pow):
            raise FormulaError("only + - * / ** % are allowed")
    elif isinstance(node, ast.Compare):
        if not all(type(op) in _COMPARE for op in node.ops):
            raise FormulaError("only < <= > >= == != are allowed")
    elif isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Invert):
            raise FormulaError("~ is not allowed")
    elif not isinstance(
        node, ast.Name | ast.BoolOp | ast.IfExp | ast.expr_context | ast.operator | ast.boolop | ast.cmpop | ast.unaryop
    ):
        raise FormulaError(f"{type(node).__name__.lower()} is not allowed")


def _value(node: ast.AST, values: Mapping[str, object]):
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else float(node.value)
    if isinstance(node, ast.Name):
        return values[node.id] if node.id in values else CONSTANTS[node.id]
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, values), _value(node.right, values)
        if isinstance(node.op, ast.Pow):
            # a float on the left: towers of powers overflow instead of running for ever
            return math.pow(left, right)
        if isinstance(left, str) or isinstance(right, str):
            raise TypeError("texts can only be compared")
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, values)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else +value
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        return next((True for item in node.values if bool(_value(item, values)) is wanted), False) is wanted
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, values) else node.orelse, values)
    if isinstance(node, ast.Compare):
        left = _value(node.left, values)
        for op, item in zip(node.ops, node.comparators):
            right = _value(item, values)
            if not _COMPARE[type(op)](left, right):
                return False
            left = right
        return True
    return FUNCTIONS[node.func.id](*(_value(item, values) for item in node.args))
