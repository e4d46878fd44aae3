"""The closed forms that a case can be checked against, by name.

A reference is a function of a `Context` and of arguments whose annotations say what they are: ``Ion``, ``Bath``,
``Layer``, or a quantity (``Length``, ``Time``, ``Voltage`` ...). The physics stands in `npsolver.equilibrium`; here
the data of a case are bound to it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from npsolver.errors import InputError
from npsolver.validation.context import Context, nearest
from npsolver.validation.expression import Call

# where they are bound; imported when the first one is asked for
_MODULES = tuple(
    f"npsolver.validation.references_{topic}"
    for topic in ("cases", "charging", "kinetics", "membranes", "phases", "pores", "solids", "surfaces", "transport")
)
_REGISTRY: dict[str, Reference] = {}


@dataclass(frozen=True)
class Reference:
    """A closed form.

    Attributes
    ----------
    name : str
    function : callable
        ``function(context, *arguments) -> float``.
    unit : str
        SI.
    """

    name: str
    function: Callable
    unit: str

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """Parameters after the context, by name."""
        return dict(list(inspect.signature(self.function).parameters.items())[1:])

    @property
    def usage(self) -> str:
        """``nernst(ion, a, b)``; arguments that may be left out in brackets."""
        shown = [name if item.default is item.empty else f"[{name}]" for name, item in self.parameters.items()]
        return f"{self.name}({', '.join(shown)})"

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def literals(self, call: Call) -> set[str]:
        """Types (``"Time"``, ``"Length"`` ...) of the arguments of `call` that are quantities with a number."""
        texts = {**dict(zip(self.parameters, call.arguments)), **dict(call.keywords)}
        kinds = {name: str(item.annotation).partition(" ")[0] for name, item in self.parameters.items()}
        return {kinds[name] for name, text in texts.items() if text.strip().strip("'\"")[:1] in "+-.0123456789"}

    def bind(self, call: Call, context: Context) -> dict[str, object]:
        """Arguments of `call` as values; InputError that names the argument and the usage."""
        parameters = self.parameters
        if len(call.arguments) > len(parameters):
            raise InputError(f"{call.name}: too many arguments; expected {self.usage}")
        texts = dict(zip(parameters, call.arguments))
        for key, text in call.keywords:
            if key not in parameters:
                raise InputError(
                    f"{call.name}: unknown argument {key!r}{nearest(key, parameters)}; expected {self.usage}"
                )
            if key in texts:
                raise InputError(f"{call.name}: {key!r} is given twice; expected {self.usage}")
            texts[key] = text
        missing = [name for name, item in parameters.items() if item.default is item.empty and name not in texts]
        if missing:
            raise InputError(f"{call.name}: {', '.join(missing)} missing; expected {self.usage}")
        values = {}
        for name, text in texts.items():
            kind = str(parameters[name].annotation).partition(" ")[0]
            try:
                values[name] = context.argument(text, kind)
            except InputError as error:
                raise InputError(f"{call.name}: {name} = {text}: {error}") from error
        return values


def reference(name: str, unit: str) -> Callable:
    """Register a function as the closed form `name`, whose value has the SI `unit`."""

    def register(function: Callable) -> Callable:
        _REGISTRY[name] = Reference(name, function, unit)
        return function

    return register


def references() -> dict[str, Reference]:
    """All closed forms by name."""
    for module in _MODULES:
        import_module(module)
    return dict(sorted(_REGISTRY.items()))


def find_reference(name: str) -> Reference:
    """The closed form `name`; InputError with the nearest names if there is none."""
    known = references()
    if name not in known:
        raise InputError(f"unknown closed form {name!r}{nearest(name, known)} (known: {', '.join(known)})")
    return known[name]


_INTRODUCTION = """\
# References of `[[expect]]`

`reference` names a closed form of `npsolver.equilibrium`, which the transport engine never uses for its answer.
Arguments are species, boundaries, regions, or quantities with units; `t` is the time of the frame, `V` the potential
of the left minus that of the right boundary. Calls and numbers can be combined with `+ - * /` and parentheses.
A region that touches a bath stands for that bath, any other one for its uniform initial composition. Potentials are
those of the first place named minus the second; currents and fluxes are positive from the first to the second.
Arguments in brackets may be left out.

| closed form | unit | meaning |
|---|---|---|
"""


def references_markdown() -> str:
    """The page ``docs/references.md``."""
    rows = [f"| `{item.usage}` | {item.unit or '1'} | {item.summary} |" for item in references().values()]
    return _INTRODUCTION + "\n".join(rows) + "\n"
