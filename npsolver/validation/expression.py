"""The small language of references: calls of closed forms, numbers, and arithmetic between them.

``nernst(K+, left, right)``, ``2 * limiting_current(Na+, Cl-, left)``, ``-cottrell_current(Ag+, left, t)``.
Names of ions contain + and -, hence arguments are kept as text and understood by the function they belong to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from npsolver.errors import InputError

MAX_LENGTH = 2000
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")


@dataclass(frozen=True)
class Number:
    """A plain number."""

    value: float


@dataclass(frozen=True)
class Call:
    """``name(arguments, key = argument)``; arguments as they stand in the text."""

    name: str
    arguments: tuple[str, ...]
    keywords: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Operation:
    """``left operator right``; a sign is ``0 - right``."""

    operator: str
    left: object
    right: object


def parse_expression(text: str):
    """Tree of Number, Call and Operation; InputError where the text makes no sense."""
    if len(text) > MAX_LENGTH:
        raise InputError(f"a reference may have at most {MAX_LENGTH} characters")
    parser = _Parser(text)
    tree = parser.sum()
    if parser.rest():
        raise InputError(f"cannot understand {parser.rest()[:40]!r} in the reference {text!r}")
    return tree


def calls(tree) -> list[Call]:
    """All calls in `tree`."""
    if isinstance(tree, Call):
        return [tree]
    if isinstance(tree, Operation):
        return calls(tree.left) + calls(tree.right)
    return []


class _Parser:
    """Recursive descent: sum > product > sign > atom."""

    def __init__(self, text: str):
        self.text, self.position, self.depth = text, 0, 0

    def rest(self) -> str:
        return self.text[self.position :].strip()

    def sum(self):
        left = self.product()
        while (operator := self._take("+", "-")) is not None:
            left = Operation(operator, left, self.product())
        return left

    def product(self):
        left = self.sign()
        while (operator := self._take("*", "/")) is not None:
            left = Operation(operator, left, self.sign())
        return left

    def sign(self):
        operator = self._take("+", "-")
        self.depth += 1
        if self.depth > 50:
            raise InputError(f"too deeply nested: {self.text!r}")
        item = self.sign() if operator else self.atom()
        self.depth -= 1
        return Operation("-", Number(0.0), item) if operator == "-" else item

    def atom(self):
        self._skip()
        if match := _NUMBER.match(self.text, self.position):
            self.position = match.end()
            return Number(float(match.group()))
        if match := _CALL.match(self.text, self.position):
            self.position = match.end()
            return _call(match.group(1), self._inside())
        if self._take("("):
            item = self.sum()
            if not self._take(")"):
                raise InputError(f"a closing parenthesis is missing in the reference {self.text!r}")
            return item
        found = self.rest()[:40]
        raise InputError(
            f"expected a number or a closed form such as nernst(K+, left, right), got "
            f"{found!r} in the reference {self.text!r}"
            if found
            else f"the reference {self.text!r} ends too early"
        )

    def _inside(self) -> str:
        """Text up to the parenthesis that closes the call."""
        depth, start = 1, self.position
        for position in range(start, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[position], 0)
            if depth == 0:
                self.position = position + 1
                return self.text[start:position]
        raise InputError(f"a closing parenthesis is missing in the reference {self.text!r}")

    def _take(self, *symbols: str) -> str | None:
        self._skip()
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                self.position += len(symbol)
                return symbol
        return None

    def _skip(self) -> None:
        while self.position < len(self.text) and self.text[self.position].isspace():
            self.position += 1


def _call(name: str, inside: str) -> Call:
    parts, depth, current = [], 0, ""
    for character in inside:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    parts = [part.strip() for part in [*parts, current]]
    if parts == [""]:
        parts = []
    arguments, keywords = [], []
    for part in parts:
        if not part:
            raise InputError(f"{name}(...): an argument is empty")
        match = re.fullmatch(r"([A-Za-z_]\w*)\s*=\s*(.+)", part, re.DOTALL)
        if match:
            keywords.append((match.group(1), match.group(2).strip()))
        elif keywords:
            raise InputError(f"{name}(...): {part!r} must stand before the arguments with a name")
        else:
            arguments.append(part)
    return Call(name, tuple(arguments), tuple(keywords))
