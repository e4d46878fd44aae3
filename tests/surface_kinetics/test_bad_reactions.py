"""Wrong reactions at surfaces: one sentence that names the place."""

from __future__ import annotations

import pytest

from npsolver.case import loads
from npsolver.errors import InputError

BASE = """
[case]
title = "silver"
[model]
physics = "{physics}"
[[species]]
name = "Ag+"
[[species]]
name = "NO3-"
[[geometry.region]]
name = "film"
length = "10 um"
{region}
[boundary.left]
kind = "{kind}"
{law}
{reaction}
[boundary.right]
kind = "bath"
concentration = {{ "Ag+" = "10 mM", "NO3-" = "10 mM" }}
potential = "0 V"
"""
REACTION = """
[[boundary.left.reaction]]
name = "silver"
equation = "{equation}"
{keys}
"""
GOOD = 'standard_potential = "0.8 V"\nrate_constant = "1e-5 m/s"'


def text(equation="Ag+ + e- = Ag", keys=GOOD, law='potential = "0.7 V"', physics="electroneutral", kind="wall", region=""):
    reaction = REACTION.format(equation=equation, keys=keys)
    return BASE.format(physics=physics, kind=kind, law=law, reaction=reaction, region=region)


def refused(given: str) -> str:
    with pytest.raises(InputError) as caught:
        loads(given, "silver.toml")
    message = str(caught.value)
    assert message.startswith("silver.toml")
    return message


def test_the_case_itself_is_sound():
    assert loads(text()).model.boundaries["left"].reactions[0].electrons == 1.0


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"equation": "Ag+ + 2 e- = Ag"}, ["reaction 'silver': equation", "charge is not balanced"]),
        ({"equation": "Ag+ + e-"}, ["equation", "Ag+ + e- = Ag"]),
        ({"equation": "Na+ + e- = Na"}, ["unknown species 'Na+'", "Ag+"]),
        ({"equation": "Ag+ + e- = AgCl"}, ["AgCl", "pressure", "AgCl(s)"]),
        ({"equation": "2 Ag+ + 2 e- + H2 = 2 Ag"}, ["'H2'", 'pressure = { H2 = "1 bar" }']),
        ({"equation": "Cu = Cu"}, ["contains no species of the case"]),
        ({"equation": "0/1 Ag+ + e- = Ag"}, ["stoichiometric number"]),
        ({"keys": 'rate_constant = "1e-5 m/s"'}, ["standard_potential: missing"]),
        ({"keys": 'standard_potential = "0.8 V"'}, ["expected one of rate_constant, exchange_current, exchange_rate", "none"]),
        ({"keys": GOOD + '\nexchange_current = "1 A/m^2"'}, ["rate_constant and exchange_current"]),
        ({"keys": GOOD + '\nreference_concentration = { "Ag+" = "1 mM" }'}, ["reference_concentration", "remove it"]),
        ({"keys": GOOD.replace("m/s", "1/s")}, ["rate_constant", "1e-5 m/s"]),
        ({"keys": GOOD.replace("1e-5", "-1e-5")}, ["rate_constant", "-1e-5"]),
        ({"keys": GOOD + "\ntransfer_coefficient = 1.5"}, ["transfer_coefficient", "(0, 1]"]),
        ({"keys": GOOD + '\nlaw = "affinity"'}, ["rate_constant", "exchange_current"]),
        ({"keys": GOOD + '\nlaw = "afinity"'}, ["law", "'affinity'"]),
        ({"keys": GOOD + "\nequilibrium_constant = 2"}, ["equilibrium_constant", "standard_potential"]),
        ({"keys": GOOD + '\nrate_konstant = "1 m/s"'}, ["rate_konstant", "rate_constant"]),
        ({"law": ""}, ["potential or current"]),
        ({"law": 'potential = "0.7 V"\nconcentration = { "Ag+" = "1 mM" }'}, ["every species that takes part is held"]),
        ({"law": 'potential = "0.7 V"\nconcentration = { "NO3-" = "1 mM" }'}, ["'NO3-' at an electrode", "electroneutral"]),
        ({"law": 'potential = "0.7 V"\npressure = { O2 = "1 bar" }'}, ["pressure", "'O2'"]),
        ({"physics": "poisson-boltzmann"}, ["without rates"]),
        ({"kind": "bath"}, ["kind = 'bath'", "'wall'"]),
        ({"region": 'excluded_species = ["Ag+"]', "physics": "pnp"}, ["cannot enter region 'film'"]),
        ({"law": 'potential = "0.7 V"\ntransfer = { "Ag+" = { coefficient = "1 m/s", concentration = 1 } }'}, ["charge"]),
        ({"law": 'potential = "0.7 V"\ntransfer = { "Ag+" = { coefficient = "1 m/s" } }'}, ["concentration", "missing"]),
    ],
)
def test_refusals(changes, parts):
    message = refused(text(**changes))
    for part in parts:
        assert part in message, message


def test_two_of_one_name():
    again = text().replace("[boundary.right]", REACTION.format(equation="Ag+ + e- = Ag", keys=GOOD) + "[boundary.right]")
    assert "defined twice" in refused(again)


SOLID = """
[case]
title = "oxide"
[model]
physics = "electroneutral"
temperature = "1000 K"
[[species]]
name = "V_O^2+"
diffusivity = "1e-11 m^2/s"
[[species]]
name = "e-"
diffusivity = "1e-8 m^2/s"
[[defect_equilibrium]]
equation = "O_O = V_O^2+ + 2 e- + 1/2 O2"
constant = "4e-4 mol^3/m^9*atm^0.5"
[[geometry.region]]
name = "oxide"
length = "0.1 mm"
[boundary.left]
kind = "gas"
pressure = {{ O2 = "1e-20 atm" }}
potential = "0 V"
{exchange}
[[boundary.left.reaction]]
equation = "{equation}"
{keys}
[boundary.right]
kind = "gas"
pressure = {{ O2 = "1e-20 atm" }}
current = 0
"""


@pytest.mark.parametrize(
    ("equation", "keys", "exchange", "part"),
    [
        ("O2 + V_O^2+ + 2 e- = O_O", 'rate_constant = "1e-7 m/s"', 'exchange = ["e-"]', "does not follow from"),
        ("1/2 O2 + V_O^2+ + 2 e- = O_O", 'exchange_current = "1 A/m^2"', 'exchange = ["e-"]', "exchange_rate, got"),
        ("1/2 O2 + V_O^2+ + 2 e- = O_O", 'rate_constant = "1 m/s"', 'exchange = ["e-", "V_O^2+"]', "every species that"),
        ("1/2 O2 + V_O^2+ + 2 e- = O_O", 'rate_constant = "1 m/s"\nequilibrium_constant = 2', "", "defect_equilibrium"),
        ("1/2 O2 + V_O^2+ + 2 e- = O_O", 'rate_constant = "1 m/s"\nstandard_potential = 1', "", "no electrons take part"),
    ],
)
def test_refusals_of_gas_exchange(equation, keys, exchange, part):
    message = refused(SOLID.format(equation=equation, keys=keys, exchange=exchange))
    assert part in message, message


def test_effective_document_is_the_same_case():
    case = loads(text(keys='standard_potential = "0.8 V"\nexchange_current = "2 A/m^2"\nlaw = "affinity"'))
    from npsolver.case.load import from_document

    again = from_document(case.effective)
    assert again.sha256 == case.sha256
    assert again.model.boundaries["left"].reactions == case.model.boundaries["left"].reactions


@pytest.mark.parametrize("physics", ["electroneutral", "pnp"])
def test_a_solid_needs_a_contact(physics):
    given = SOLID.format(equation="1/2 O2 + V_O^2+ + 2 e- = O_O", keys='rate_constant = "1 m/s"', exchange="")
    closed = given.replace("current = 0", 'exchange = []').replace("electroneutral", physics)
    message = refused(closed)
    assert 'exchange = ["e-"]' in message
    assert "boundary left" in message
    probe = closed.replace("[[boundary.left.reaction]]", 'exchange = ["e-"]\n[[boundary.left.reaction]]')
    assert set(loads(probe).model.boundaries["left"].concentration) == {"e-"}


def test_the_potential_belongs_to_the_contact():
    given = SOLID.format(equation="1/2 O2 + V_O^2+ + 2 e- = O_O", keys='rate_constant = "1 m/s"', exchange="")
    wrong = given.replace("current = 0", 'exchange = ["e-"]')
    message = refused(wrong)
    assert "boundary left: potential" in message
    assert "[boundary.right]" in message
    right = wrong.replace('potential = "0 V"\n', "").replace('exchange = ["e-"]', 'exchange = ["e-"]\npotential = 0')
    assert loads(right).model.boundaries["right"].potential == 0.0
