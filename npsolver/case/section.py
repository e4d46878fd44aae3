"""How a section of a case file is declared, and how a table is checked against the declaration.

A section is a class whose annotations are the keys::

    class SpeciesSection(Section):
        '''A mobile species.'''

        name: Name = described("Name, e.g. `K+`.")
        charge: Charge | None = described("Charge number.", None)

Annotations are looked up when a key first occurs, so that a small case pays for the few keys it has and not for the
hundreds there are.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, get_args, get_origin

from npsolver.case.checkers import Faults, checker

REQUIRED = object()


@dataclass
class Field:
    """One key of a section.

    Attributes
    ----------
    description : str
        One or two sentences for the reference.
    default : object
        `REQUIRED` where the key must be given.
    default_factory : callable () -> object, or None
        Makes the default instead, where every section needs one of its own.
    alias : str or None
        The key in the file where that is no name in Python, e.g. ``from``.
    ge, le : int or None
        Smallest and largest whole number.
    min_length, max_length : int or None
        Of a list.
    """

    description: str
    default: object = REQUIRED
    default_factory: Callable | None = None
    alias: str | None = None
    ge: int | None = None
    le: int | None = None
    min_length: int | None = None
    max_length: int | None = None

    def __set_name__(self, owner: type, name: str):
        self.owner, self.name, self.key = owner, name, self.alias or name

    @property
    def is_required(self) -> bool:
        return self.default is REQUIRED and self.default_factory is None

    def default_value(self) -> object:
        """The value where the key is not given."""
        return self.default if self.default_factory is None else self.default_factory()

    @cached_property
    def declared(self) -> object:
        """The annotation as it stands in the class."""
        text = self.owner.__annotations__[self.name]
        return eval(text, vars(sys.modules[self.owner.__module__])) if isinstance(text, str) else text

    @property
    def annotation(self) -> object:
        """The type without what ``Annotated`` adds to it."""
        return get_args(self.declared)[0] if get_origin(self.declared) is Annotated else self.declared

    @property
    def metadata(self) -> tuple:
        """What ``Annotated`` adds to the type."""
        return get_args(self.declared)[1:] if get_origin(self.declared) is Annotated else ()

    @cached_property
    def check(self) -> Callable:
        """Checks a value: ``(value, path, faults) -> value in SI``."""
        return checker(self.declared, self)


def described(text: str, default: object = REQUIRED, **extra) -> Field:
    """A key with a description; required unless a default is given.

    Parameters
    ----------
    text : str
    default : object
        An empty list or table, and a section, are made anew for everyone who needs one.
    **extra
        Further attributes of `Field`.
    """
    if isinstance(default, list | dict):
        return Field(text, default_factory=default.copy, **extra)
    if isinstance(default, type):
        return Field(text, default_factory=default, **extra)
    return Field(text, default, **extra)


class Section:
    """Unknown keys are refused, numbers are not taken for text nor the other way round.

    ``class Name(Section, any_name=Other)`` also takes tables by any other name, which are sections `Other`.
    """

    fields: ClassVar[Mapping[str, Field]] = {}
    any_name: ClassVar[type | None] = None
    _by_key: ClassVar[Mapping[str, Field]] = {}

    def __init_subclass__(cls, any_name: type | None = None):
        own = {name: item for name, item in vars(cls).items() if isinstance(item, Field)}
        taken = sorted(name for name in own if hasattr(Section, name))
        if taken:
            raise TypeError(f"{cls.__name__}: {taken[0]} cannot be the name of a key; give it an alias")
        cls.fields = {**cls.fields, **own}
        cls.any_name = any_name or cls.any_name
        cls._by_key = {item.key: item for item in cls.fields.values()}

    def __init__(self, **values):
        self.__dict__.update({name: item.default_value() for name, item in self.fields.items() if name not in values})
        self.__dict__.update(values)
        self.__dict__.update(_given=frozenset(values), _named={})

    @property
    def given(self) -> frozenset[str]:
        """Names of the keys that the file has."""
        return self.__dict__["_given"]

    @property
    def named(self) -> dict[str, Section]:
        """The tables by other names (`any_name`)."""
        return self.__dict__["_named"]

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.fields)})"

    @classmethod
    def checked(cls, raw: object, context: Mapping[str, object]) -> tuple[Section | None, Faults]:
        """The section that a table is, and what is wrong with it.

        Parameters
        ----------
        raw : object
            As TOML gives it.
        context : mapping
            What the units of keys depend on: coordinates and temperature (K).
        """
        faults = Faults(context)
        result = cls.check(raw, (), faults)
        return (None if faults.found else result), faults

    @classmethod
    def check(cls, raw: object, path: tuple, faults: Faults) -> Section | None:
        """Check a table that stands at `path`."""
        if not isinstance(raw, dict):
            faults.add("table_type", path, raw)
            return None
        values = {
            item.name: item.check(raw[key], (*path, key), faults) if key in raw else _absent(item, path, raw, faults)
            for key, item in cls._by_key.items()
        }
        named = {}
        for key, value in raw.items():
            if key not in cls._by_key:
                if not isinstance(key, str):
                    faults.add("invalid_key", (*path, str(key)), key)
                elif cls.any_name is None:
                    faults.add("unknown_key", (*path, key), value)
                else:
                    named[key] = cls.any_name.check(value, (*path, key), faults)
        section = object.__new__(cls)
        given = frozenset(item.name for key, item in cls._by_key.items() if key in raw)
        section.__dict__.update(values, _given=given, _named=named)
        return section

    def dump(self, *, exclude_defaults: bool = False) -> dict:
        """Keys and values as plain tables and lists, without those that are None (or have their default)."""
        result = {}
        for name, item in self.fields.items():
            value = getattr(self, name)
            if value is None or (exclude_defaults and not item.is_required and value == item.default_value()):
                continue
            marker = next((entry for entry in item.metadata if hasattr(entry, "stated")), None)
            result[item.key] = (
                marker.stated(value) if isinstance(value, float) and marker else _plain(value, exclude_defaults)
            )
        result |= {key: section.dump(exclude_defaults=exclude_defaults) for key, section in self.named.items()}
        return result


def _absent(item: Field, path: tuple, raw: dict, faults: Faults) -> object:
    if item.is_required:
        faults.add("missing", (*path, item.key), raw)
        return None
    return item.default_value()


def _plain(value: object, exclude_defaults: bool) -> object:
    if isinstance(value, Section):
        return value.dump(exclude_defaults=exclude_defaults)
    if isinstance(value, dict):
        return {key: _plain(item, exclude_defaults) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, exclude_defaults) for item in value]
    return value
