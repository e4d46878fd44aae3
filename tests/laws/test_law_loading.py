"""Cases without a mesh: what they become, how they hash, and what is refused, with the key and what would be right."""

from __future__ import annotations

import json
import pickle

import pytest
from law_texts import ALLOY, AXON, CELL, NERNST, OCV, POURBAIX, SURFACE, SWEEP

from npsolver.case import case_reference_markdown, from_document, json_schema, loads
from npsolver.case.keys import child_section
from npsolver.case.kinds.load import KIND_NAMES, document_class
from npsolver.errors import InputError


def test_effective_case_loads_again(text):
    case = loads(text)
    assert json.loads(json.dumps(case.effective, allow_nan=False)) == case.effective
    again = from_document(case.effective)
    assert again.effective == case.effective
    assert again.sha256 == case.sha256
    assert pickle.loads(pickle.dumps(case)).sha256 == case.sha256


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ('"140 mM"', '"0.14 M"', True),
        ('title = "Nernst"', 'title = "other words"', True),
        ('atol = "0.001 mV"', 'atol = "1 mV"', True),
        ('"5 mM"', '"5.001 mM"', False),
        ("310.15 K", "37 degC", True),
        ("310.15 K", "25 degC", False),
        ("= K_in", "= 2 * K_in", False),
    ],
)
def test_hash_counts_numbers_and_not_words(before, after, same):
    assert (loads(NERNST.replace(before, after)).sha256 == loads(NERNST).sha256) is same


def test_overrides():
    case = loads(NERNST, "", {"input.K_out": "50 mM", "law.E_K.inputs.a_in": "100 mM"})
    assert case.spec.inputs["K_out"] == (50.0, "mol/m^3")
    assert case.with_values({"input.K_out": 2.0}).spec.inputs["K_out"] == (2.0, "mol/m^3")
    assert loads(CELL, "", {"cell.potential": "-60 mV", "pump.0.maximum_rate": 2e-8}).spec.cell.potential == -0.06
    assert loads(OCV, "", {"host.host.interaction": "1 kJ/mol"}).spec.host.interaction == 1000.0


def test_transport_may_be_named():
    with pytest.raises(InputError, match="species: missing"):
        loads('[case]\nkind = "transport"')


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_schema_describes_every_key(kind):
    schema = json.loads(json.dumps(json_schema(kind)))
    assert schema["additionalProperties"] is False

    def visit(section):
        assert section.__doc__
        for name, info in section.fields.items():
            assert info.description, (section, name)
            child = child_section(info.annotation)
            if child is not None:
                visit(child)

    visit(document_class(kind))
    assert case_reference_markdown()


def replaced(text, before, after):
    assert before in text
    return text.replace(before, after)


BAD = {
    "unknown kind": (replaced(NERNST, '"equilibrium"', '"equilibirum"'), "case: kind", "did you mean 'equilibrium'"),
    "kind is no text": (replaced(NERNST, '"equilibrium"', "3"), "case: kind", "valid: transport"),
    "unknown section": (NERNST + "[geometry]\n", "unknown key 'geometry'", "valid: case"),
    "unknown law": (
        replaced(NERNST, '"nernst_potential"', '"nernst_potental"'),
        "law 'E_K': law",
        "did you mean 'nernst_potential'",
    ),
    "unknown argument": (replaced(NERNST, "a_in =", "ain ="), "law 'E_K': inputs", "did you mean 'a_in'"),
    "missing argument": (replaced(NERNST, 'a_in = "= K_in", ', ""), "law 'E_K': a_in", "missing; expected an activity"),
    "missing ion": (replaced(NERNST, 'ion = "K+"\n', ""), "law 'E_K': z", "ion = 'K+'"),
    "unknown ion": (replaced(NERNST, '"K+"', '"Xy+"'), "law 'E_K': z", "not in the species library"),
    "wrong unit": (
        replaced(NERNST, 'a_in = "= K_in"', 'a_in = "5 V"'),
        "law 'E_K': a_in",
        "concentration such as '5 mM'",
    ),
    "mixed activities": (replaced(NERNST, 'a_in = "= K_in"', "a_in = 0.1"), "law 'E_K'", "mixed"),
    "unknown name": (replaced(NERNST, "= K_in", "= K_inn"), "law 'E_K': a_in", "did you mean 'K_in'"),
    "dangerous formula": (
        replaced(NERNST, '"= K_in"', "\"= __import__('os')\""),
        "law 'E_K': a_in",
        "unknown function",
    ),
    "bad formula": (replaced(NERNST, '"= K_in"', '"= K_in +"'), "law 'E_K': a_in", "is not a formula"),
    "name taken": (replaced(NERNST, 'name = "E_K"', 'name = "K_in"'), "law 'K_in'", "is taken"),
    "name no identifier": (replaced(NERNST, 'name = "E_K"', 'name = "E K"'), "law 'E K'", "letters, digits and _"),
    "input without unit": (replaced(NERNST, '"140 mM"', '"140 mN M"'), "input: K_in", "expected a quantity"),
    "negative activity": (replaced(NERNST, '"= K_in"', '"= -K_in"'), "law 'E_K': a_in", "must be positive"),
    "negative temperature": (replaced(NERNST, "310.15 K", "-3 K"), "model: temperature", "greater than zero"),
    "sweep of nothing": (NERNST + replaced(SWEEP, "K_out", "Kout"), "sweep 1: parameter", "did you mean 'K_out'"),
    "log sweep through zero": (NERNST + replaced(SWEEP, '"1 mM"', "0"), "sweep 1: values", "same sign"),
    "sweep in volt": (NERNST + replaced(SWEEP, '"1 mM"', '"1 V"'), "sweep 1: values", "a concentration"),
    "both value and reference": (NERNST + 'reference = "1"\n', "expect 1 (E_K)", "either value or reference"),
    "no tolerance": (replaced(NERNST, 'atol = "0.001 mV"', ""), "expect 1 (E_K)", "rtol or atol"),
    "at without axis": (NERNST + "at = 3\n", "expect 1 (E_K): at", "with an axis"),
    "no pump ion": (replaced(CELL, 'name = "K+"', 'name = "Rb+"'), "leak 'K+'", "unknown species 'K+'"),
    "cell and axon": (CELL + "[axon]\n", "", "either a section [cell] or a section [axon]"),
    "neither cell nor axon": ('[case]\nkind = "cell"\n[solve]\nend_time = 1\n', "", "[cell] or a section [axon]"),
    "leak of two laws": (replaced(CELL, "balance = true\n[[leak]]", "[[leak]]"), "leak 'Na+'", "conductance or a perm"),
    "balance and size": (
        replaced(CELL, "balance = true\n[[leak]]", "balance = true\nconductance = 1\n[[leak]]"),
        "leak",
        "balance",
    ),
    "unknown intervention": (replaced(CELL, "{ pump = 0 }", "{ pumpe = 0 }"), "intervention: pumpe", "can be one of"),
    "late intervention": (replaced(CELL, 'time = "1 min"', 'time = "1 h"'), "intervention", "after end_time"),
    "negative area": (replaced(CELL, "1e-9 m^2", "-1 m^2"), "cell: area", "greater than zero"),
    "axon with leaks": (AXON + '[[leak]]\nspecies = "K+"\n', "leak", "for a case with a section [cell]"),
    "clamp without holding": (replaced(AXON, '"current"', '"voltage"'), "clamp: holding", "missing"),
    "clamp in volt": (replaced(AXON, "15 uA/cm^2", "15 mV"), "clamp: pulses: value", "a current density"),
    "element H": (replaced(POURBAIX, '"Fe"', '"H"'), "diagram: elements", "set by pH"),
    "no element": (replaced(POURBAIX, 'elements = ["Fe"]\n', ""), "diagram", "either elements"),
    "reversed axis": (POURBAIX.replace("points", "ph = [14, 0]\npoints"), "diagram: ph", "increasing"),
    "one point": (replaced(POURBAIX, "[20, 20]", "[20, 1]"), "diagram: points", ">= 2"),
    "probe outside": (replaced(POURBAIX, "ph = 9", "ph = 19"), "probe 'rust': ph", "outside of the diagram"),
    "probe of an alloy": (replaced(POURBAIX, '"stable"', '"retained"'), "probe 'rust': kind", "is not for type"),
    "unknown exclusion": (POURBAIX.replace("points", 'exclude = ["Fe203"]\npoints'), "diagram: exclude", "Fe2O3"),
    "surface sections": (POURBAIX + '[surface]\narea = "1 nm^2"\n', "surface", "type = 'surface'"),
    "surface without area": (replaced(SURFACE, '"0.2 nm^2"', '"0 nm^2"'), "surface: area", "an area"),
    "film member twice": (ALLOY + '[[film]]\nname = "f"\nmembers = ["Fe2O3", "Fe2O3"]\n', "film 'f'", "each once"),
    "no electrode": (replaced(OCV, "[electrode]", "[cell]"), "cell", "unknown key 'host'"),
    "unknown host": (replaced(OCV, 'host = "host"', 'host = "hots"'), "electrode: host", "did you mean 'host'"),
    "key of another model": (
        OCV.replace("[electrode]", "coefficients = [1]\n[electrode]", 1),
        "host",
        "redlich-kister",
    ),
    "missing key": (replaced(OCV, 'interaction = "11 kJ/mol"\n', ""), "host 'host': interaction", "missing"),
    "limits": (OCV + "limits = [0.5, 0.4]\n", "solve: limits", "increasing"),
    "limits at the end": (OCV + "limits = [0.0, 1.0]\n", "solve: limits", "strictly between 0 and 1"),
}


@pytest.mark.parametrize(("text", "where", "what"), BAD.values(), ids=BAD)
def test_bad_input(text, where, what):
    import npsolver

    with pytest.raises(InputError) as caught:
        npsolver.run(loads(text, "bad.toml"))
    message = str(caught.value)
    assert message.startswith("bad.toml: ")
    assert where in message
    assert what in message
    assert "Traceback" not in message


def test_page_of_the_documentation_is_up_to_date():
    from pathlib import Path

    from npsolver.case.kinds.reference import law_reference_markdown

    path = Path(__file__).parents[2] / "docs" / "law-cases.md"
    if not path.parent.is_dir():
        pytest.skip("the documentation is not part of the installed package")
    assert path.read_text(encoding="utf-8") == law_reference_markdown()
