"""One sentence says what is wrong with the defects of a case; nothing false follows from it."""

from __future__ import annotations

import pytest
from membrane_cases import gas, oxide

import npsolver
from npsolver.case.defect_balance import unbalanced_element
from npsolver.errors import InputError

OXYGEN = "O_O = V_O^2+ + 2 e- + 1/2 O2"
RATE = """pressure = { O2 = 1e-5 }
kind = "gas"
potential = 0
exchange = ["e-"]
[[boundary.left.reaction]]
equation = "1/2 O2 + V_O^2+ + 2 e- = O_O"
rate_constant = 1e-8"""


def text(**changes) -> str:
    keys = {
        "T": 1100.0, "L": 1e-4, "dopant": -100.0, "mobile": (1e-10, 1e-8, 1e-8), "K_red": 1e-9, "K_i": 1e-14,
        "left": gas(1e-10, "current = 0"), "right": gas(1e3, "potential = 0"),
    }
    return oxide(**(keys | changes))


ONE = [
    (("constant = 1e-09", 'constant = "1e-9 mol/m^3"'), "constant: expected an equilibrium constant such as"),
    (("constant = 1e-14", "constant = 0"), "constant: expected an equilibrium constant such as .* greater than zero"),
    ((OXYGEN, "O_O = V_O^2+ + e- + 1/2 O2"), r"equation: charge is not balanced: \+1 more on the right"),
    ((OXYGEN, "O_O = V_O^2+ + 2 e- + O2"), "equation: O is not balanced: 1 atom too many on the right"),
    ((OXYGEN, "V_O^2+ + 2 e- = 1/2 O2"), "equation: O is not balanced: 2 atoms too many on the right"),
    ((OXYGEN, "O_O = V_O^2+ + 2 f- + 1/2 O2"), "equation: unknown species 'f-'"),
    (('equation = "nil = e- + h+"', 'equation = "2 e- + h+"'), "equation: expected e.g. 'O_O"),
    (("constant = 1e-14", 'prefactor = 1\nenthalpy = "900 eV"'), r"enthalpy: expected at most 5.49e\+06 J/mol \(600 RT\)"),
    (('equation = "nil = e- + h+"', f'equation = "{OXYGEN}"'), "the equilibria are not independent of each other"),
    (('name = "h+"\ndiffusivity = "1e-08 m^2/s"', 'name = "h+"'), r"species 'h\+': diffusivity: missing"),
]


@pytest.mark.parametrize("left", [gas(1e-10, "current = 0"), RATE])
@pytest.mark.parametrize(("change", "message"), ONE[:6])
def test_a_wrong_equilibrium_is_the_only_thing_said(left, change, message):
    """Neither that no equilibrium contains the gas, nor how many equilibria the surfaces need, nor of their reactions."""
    document = text(left=left)
    assert change[0] in document
    with pytest.raises(InputError, match=message) as caught:
        npsolver.loads(document.replace(*change, 1), "oxide.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("oxide.toml: defect_equilibrium")


@pytest.mark.parametrize(("change", "message"), ONE[6:])
def test_constants_out_of_range_or_of_another_equation(change, message):
    with pytest.raises(InputError, match=message) as caught:
        npsolver.loads(text().replace(*change, 1))
    assert "\n" not in str(caught.value)


def test_missing_equilibria_are_said_once():
    start = text().index("[[defect_equilibrium]]\nequation = \"nil")
    document = text()[:start] + text()[text().index("[geometry]"):]
    with pytest.raises(InputError, match=r"3 defects \(V_O\^2\+, e-, h\+\) .* need 2 equilibria, found 1; e.g. 'nil") as caught:
        npsolver.loads(document)
    assert "\n" not in str(caught.value)


def test_ohmic_contacts_have_no_gas():
    for right, message in (
        ('kind = "ohmic"\npotential = 0', "kind = 'ohmic' has no O2; expected kind = 'gas'"),
        ('kind = "ohmic"\npressure = { O2 = 1 }\npotential = 0', "pressure: is not for kind = 'ohmic'"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            npsolver.loads(text(right=right))
        assert "missing" not in str(caught.value)
        assert "no defect_equilibrium" not in str(caught.value)


def test_a_solid_that_cannot_be_neutral():
    """Vacancies and holes between donors: the sign that is missing is named."""
    document = text(dopant=50.0, K_i=None).replace('"e-"', '"h+"').replace(OXYGEN, "1/2 O2 + V_O^2+ = O_O + 2 h+")
    with pytest.raises(InputError, match=r"no neutral state: all defects are positive .*\+50 mol.* expected a negative defect"):
        npsolver.loads(document)


@pytest.mark.parametrize(("name", "wanted"), [("h•", r"h\+"), ("V_O••", r"V_O\^2\+"), ("e′", "e-"), ("V_O", r"V_O\^2\+")])
def test_effective_charges_in_other_signs(name, wanted):
    with pytest.raises(InputError, match=rf"did you mean '{wanted}'\? Otherwise give its charge"):
        npsolver.loads(text(extra=f'[[species]]\nname = "{name}"\n'))


def test_wrong_values_of_a_sweep_are_the_only_thing_said():
    extra = """
[solve]
kind = "sweep"
parameter = "boundary.left.pressure.O2"
values = ["-1e-10 atm", "1e-9 atm"]
[[expect]]
observable = "voltage"
at = "1e-9 atm"
value = 1
rtol = 1
"""
    with pytest.raises(InputError, match=r"solve: values: .*greater than zero") as caught:
        npsolver.loads(text(extra=extra))
    assert "\n" not in str(caught.value)


BALANCED = [
    ({"V_O^2+": 1, "e-": 2}, {"O2": 0.5}),
    ({"V_O^2+": -1, "h+": 2}, {"O2": -0.5}),
    ({"V_O^2+": -1, "OH_O^+": 2}, {"H2O": -1.0}),
    ({"O_i^2-": 1, "h+": 2}, {"O2": -0.5}),
    ({"V_Zr^4-": 1, "V_O^2+": 2}, {}),  # Schottky
    ({"V_Ni^2-": 1, "h+": 2}, {"O2": -0.5}),  # beside new oxygen sites
    ({"V_O^2+": 1, "Ce_Ce-": 2}, {"O2": 0.5}),
    ({"V_O^2+": 1, "polaron-": 2}, {"O2": 1.0}),  # the name does not say what it is
]


@pytest.mark.parametrize(("defects", "gases"), BALANCED)
def test_equations_of_the_literature_are_balanced(defects, gases):
    assert unbalanced_element(defects, gases) is None


@pytest.mark.parametrize(
    ("defects", "gases", "message"),
    [
        ({"V_O^2+": 1, "e-": 2}, {"O2": 1.0}, "O is not balanced: 1 atom too many on the right"),
        ({"V_O^2+": -1, "OH_O^+": 2}, {"H2O": -0.5}, None),  # two elements differ
        ({"OH_O^+": 1, "e-": 1}, {"H2": -1.0}, "H is not balanced: 1 atom too many on the left"),
        ({"O_i^2-": 1, "h+": 2}, {"O2": -1.0}, "O is not balanced: 1 atom too many on the left"),
    ],
)
def test_atoms_from_nowhere(defects, gases, message):
    found = unbalanced_element(defects, gases)
    assert found is message is None or found.startswith(message)
