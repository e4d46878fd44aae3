"""How a section of a case file is declared: a `msgspec.Struct` whose keys have descriptions.

A section is a class whose annotations are the keys::

    class SpeciesSection(Section):
        '''A mobile species.'''

        name: Name = described("Name, e.g. `K+`.")
        charge: Charge | None = described("Charge number.", None)

msgspec converts and checks the tables and writes the JSON Schema. Quantities and names are types of their own
(`Parsed`), whose values msgspec asks us for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, ClassVar, get_args

import msgspec

REQUIRED = msgspec.NODEFAULT


class _MadeByParse(type):
    """msgspec asks whether what `Parsed.parse` returned is of the type: it is, whatever class it has."""

    def __instancecheck__(cls, value: object) -> bool:
        return True


class Parsed(metaclass=_MadeByParse):
    """A type of values that we read ourselves.

    Attributes
    ----------
    parse : callable (value, context) -> object
        ValueError refuses the value; its text is the message.
    schema : dict or None
        JSON Schema, None for that of `marker`.
    word : str
        What the reference calls it.
    marker : KindOf or None
        Kind of quantity.
    """

    parse: ClassVar[Callable]
    schema: ClassVar[dict | None]
    word: ClassVar[str]
    marker: ClassVar[object]


def parsed(parse: Callable, schema: dict | None, word: str = "text", marker: object = None) -> type[Parsed]:
    """A type whose values are what `parse` makes of those in the file."""
    values = {"parse": staticmethod(parse), "schema": schema, "word": word, "marker": marker}
    return _MadeByParse("Parsed", (Parsed,), values)


@dataclass
class Field:
    """One key of a section.

    Attributes
    ----------
    description : str
        One or two sentences for the reference.
    default : object
        `REQUIRED` where the key must be given.
    default_factory : callable () -> object
        Makes the default instead, where every section needs one of its own.
    alias : str or None
        The key in the file where that is no name in Python, e.g. ``from``.
    limits : dict
        Of `msgspec.Meta`: ``ge``, ``le`` of a whole number, ``min_length``, ``max_length`` of a list.
    """

    description: str
    default: object = REQUIRED
    default_factory: Callable | None = None
    alias: str | None = None
    limits: dict = field(default_factory=dict)

    def declare(self, name: str, annotation: object) -> object:
        """Take the name and the annotation in the class; the annotation for msgspec."""
        self.name, self.key, self.annotation = name, self.alias or name, annotation
        self.checked = Annotated[annotation, msgspec.Meta(**self.limits)] if self.limits else annotation
        return self.checked

    @property
    def is_required(self) -> bool:
        return self.default is REQUIRED and self.default_factory is None

    def default_value(self) -> object:
        """The value where the key is not given."""
        return self.default if self.default_factory is None else self.default_factory()

    def for_struct(self) -> object:
        """The same for msgspec."""
        if self.default_factory is not None:
            return msgspec.field(default_factory=self.default_factory, name=self.alias)
        return msgspec.field(default=self.default, name=self.alias)


def described(text: str, default: object = REQUIRED, *, alias: str | None = None, **limits: int) -> Field:
    """A key with a description; required unless a default is given.

    Parameters
    ----------
    text : str
    default : object
        An empty list or table, and a section, are made anew for everyone who needs one.
    alias, **limits
        See `Field`.
    """
    if isinstance(default, list | dict):
        return Field(text, REQUIRED, default.copy, alias, limits)
    if isinstance(default, type):
        return Field(text, REQUIRED, default, alias, limits)
    return Field(text, default, None, alias, limits)


@cache
def _evaluated(annotation: str, module: str) -> object:
    return eval(annotation, vars(sys.modules[module]))


class _SectionMeta(msgspec.StructMeta):
    """Hands types and limits to msgspec and keeps them in `fields`."""

    def __new__(mcs, name: str, bases: tuple, namespace: dict, any_name: type | None = None):
        own = {key: item for key, item in namespace.items() if isinstance(item, Field)}
        taken = sorted(key for key in own if hasattr(Section, key))
        if taken:
            raise TypeError(f"{name}: {taken[0]} cannot be the name of a key; give it an alias")
        annotations = namespace.get("__annotations__", {})
        for key, item in own.items():
            text = annotations[key]
            known = _evaluated(text, namespace["__module__"]) if isinstance(text, str) else text
            annotations[key] = item.declare(key, known)
            namespace[key] = item.for_struct()
        # dict=True: room for `given` and `named`
        options = {"kw_only": True, "frozen": True, "dict": True, "forbid_unknown_fields": any_name is None}
        cls = super().__new__(mcs, name, bases, namespace, **options)
        cls.fields = {**getattr(cls, "fields", {}), **own}
        cls.any_name = any_name
        return cls


class Section(msgspec.Struct, metaclass=_SectionMeta):
    """Unknown keys are refused, numbers are not taken for text nor the other way round.

    ``class Name(Section, any_name=Other)`` also takes tables by any other name, which are sections `Other`. msgspec has
    no word for that: it skips these tables, and `converted` converts them one by one.
    """

    fields: ClassVar[Mapping[str, Field]]
    any_name: ClassVar[type | None]

    @property
    def given(self) -> frozenset[str]:
        """Names of the keys that the file has."""
        return self.__dict__.get("given", frozenset())

    @property
    def named(self) -> dict[str, Section]:
        """The tables by other names (`any_name`)."""
        return self.__dict__.get("named", {})

    @classmethod
    def converted(cls, raw: object, context: Mapping[str, object]) -> Section | None:
        """The section that a table is, None if anything is wrong (`npsolver.case.messages.report` says what).

        Parameters
        ----------
        raw : object
            As TOML gives it.
        context : mapping
            What the units of keys depend on: coordinates and temperature (K).
        """
        convert = converter(context)
        try:
            section = convert(raw, cls)
            _complete(section, raw, convert)
        except msgspec.ValidationError:
            return None
        return section

    def dump(self, *, exclude_defaults: bool = False) -> dict:
        """Keys and values as plain tables and lists, without those that are None (or have their default)."""
        result = {}
        for name, item in self.fields.items():
            value = getattr(self, name)
            if value is None or (exclude_defaults and not item.is_required and value == item.default_value()):
                continue
            marker = getattr(item.annotation, "marker", None)
            result[item.key] = (
                marker.stated(value) if isinstance(value, float) and marker else _plain(value, exclude_defaults)
            )
        return result | {key: section.dump(exclude_defaults=exclude_defaults) for key, section in self.named.items()}


def converter(context: Mapping[str, object]) -> Callable:
    """`msgspec.convert` ``(value, type) -> value`` with quantities read in a context."""

    def parse(kind: type[Parsed], value: object) -> object:
        return kind.parse(value, context)

    return lambda value, kind: msgspec.convert(value, kind, strict=True, dec_hook=parse)


def _complete(value: object, raw: object, convert: Callable) -> None:
    """Add to all sections in `value` what msgspec does not tell: which keys were given, and tables by any name."""
    if isinstance(value, Section):
        given = {name: raw[item.key] for name, item in value.fields.items() if item.key in raw}
        others = raw.keys() - {item.key for item in value.fields.values()} if value.any_name else ()
        named = {key: convert(raw[key], value.any_name) for key in raw if key in others}
        value.__dict__.update(given=frozenset(given), named=named)
        for name, table in given.items():
            _complete(getattr(value, name), table, convert)
        _complete(named, raw, convert)
    elif isinstance(value, list):
        for item, table in zip(value, raw):
            _complete(item, table, convert)
    elif isinstance(value, dict):
        for key, item in value.items():
            _complete(item, raw[key], convert)


def _plain(value: object, exclude_defaults: bool) -> object:
    if isinstance(value, Section):
        return value.dump(exclude_defaults=exclude_defaults)
    if isinstance(value, dict):
        return {key: _plain(item, exclude_defaults) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, exclude_defaults) for item in value]
    return value


def document_schema(document: type[Section]) -> dict:
    """JSON Schema (draft 2020-12) of a whole file, for editors."""
    schema = msgspec.json.schema(document, schema_hook=lambda kind: dict(kind.schema or kind.marker.schema))
    definitions = schema["$defs"]
    for section in _sections_of(document):
        definition = definitions.get(section.__name__)
        if definition is None:  # only tables by any name are such sections
            continue
        for item in section.fields.values():
            definition["properties"][item.key] = {"description": item.description} | definition["properties"][item.key]
        if section.any_name is not None:  # msgspec leaves it open what other keys hold
            definition["additionalProperties"] = {"$ref": f"#/$defs/{section.any_name.__name__}"}
    return {"$defs": definitions, **definitions.pop(document.__name__)}


def _sections_of(annotation: object) -> set[type[Section]]:
    """All sections that a type holds, itself among them."""
    if not (isinstance(annotation, type) and issubclass(annotation, Section)):
        return set().union(*map(_sections_of, get_args(annotation)))
    held = [item.annotation for item in annotation.fields.values()] + [annotation.any_name]
    return {annotation}.union(*map(_sections_of, held))
