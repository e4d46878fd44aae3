"""What every closed form takes and gives, with units: the list from which case files call them.

One line per law, ``name(parameter: kind, …) -> unit`` or ``-> (part: unit, …)``.  A kind is an SI unit (``1`` for a pure
number); ``a`` an activity or a concentration (one unit for all of a law); ``z`` the charge number and ``D`` the
diffusivity of an ion, which follow from its name; ``text``; ``[kind]`` one value for each ion; ``{kind}`` a table by
name.  A question mark after the name marks what may be left out.  Temperatures come from the model unless given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_TEXT = """
# Ions and membranes
nernst_potential(z: z, a_in: a, a_out: a, T: K) -> V
driving_force(membrane_potential: V, equilibrium_potential: V) -> V
ion_flow_direction(z: z, force: V) -> 1
chord_current(g: S/m^2, membrane_potential: V, equilibrium_potential: V) -> A/m^2
chord_voltage(g: [S/m^2], equilibrium_potential: [V], pump_current?: A/m^2) -> V
ghk_current(z: z, P: m/s, c_in: mol/m^3, c_out: mol/m^3, V: V, T: K) -> A/m^2
ghk_voltage(z: [z], P: [m/s], c_in: [mol/m^3], c_out: [mol/m^3], T: K) -> V
transfer_energy(z: z, a_from: a, a_to: a, potential_difference: V, T: K) -> J/mol
gradient_energy(ratio: 1, T: K) -> J/mol
charge_for_swing(capacitance: F/m^2, voltage: V, z?: z) -> mol/m^2
concentration_change(capacitance: F/m^2, voltage: V, z: z, concentration: mol/m^3, volume_to_area: m) -> 1
donnan(z: [z], c_bath: [mol/m^3], fixed_charge: mol/m^3, T: K, partition?: [1], standard_potential?: [J/mol]) \
-> (potential: V, concentration: [mol/m^3], osmotic_pressure: Pa)
teorell_meyer_sievers(c_left: mol/m^3, c_right: mol/m^3, fixed_charge: mol/m^3, D_cation: m^2/s, D_anion: m^2/s, T: K) \
-> (total: V, donnan_left: V, donnan_right: V, diffusion: V, flux_times_thickness: mol/m/s)
pump_leak_course(time: s, pump_rate: 1/s, leak_constant: 1/s, start?: 1) -> 1
pump_leak_steady(pump_rate: 1/s, leak_constant: 1/s) -> 1
# Junctions
henderson(z: [z], D: [D], c_left: [mol/m^3], c_right: [mol/m^3], T: K) -> V
planck(z: [z], D: [D], c_left: [mol/m^3], c_right: [mol/m^3], T: K) -> V
free_diffusion(z: [z], D: [D], c_left: [mol/m^3], c_right: [mol/m^3], T: K) -> V
binary_junction(z_cation: 1, z_anion: 1, D_cation: m^2/s, D_anion: m^2/s, ratio: 1, T: K) -> V
pipette_junction(z: [z], mobility: [D], c_pipette: [mol/m^3], c_bath: [mol/m^3], T: K) -> V
maxwell_time(z: [z], D: [D], c: [mol/m^3], relative_permittivity: 1, T: K) -> s
measured_potential(membrane_potential: V, junction_potential: V) -> V
corrected_potential(measured: V, junction_potential: V) -> V
# Activities
ionic_strength(z: [z], c: [mol/m^3]) -> mol/m^3
bjerrum_length(T: K, relative_permittivity: 1) -> m
debye_hueckel(z: z, strength: mol/m^3, T: K, relative_permittivity?: 1, ion_size?: m) -> 1
davies(z: z, strength: mol/m^3, T: K, relative_permittivity?: 1) -> 1
pitzer(salt: text, molality: mol/kg) -> (gamma: 1, thermodynamic_factor: 1, osmotic_coefficient: 1)
nernst_activity_error(z: z, gamma_in: 1, gamma_out: 1, T: K) -> V
concentration_cell(activity_ratio: 1, T: K, transference?: 1) -> V
# Charged surfaces
debye_length(z: [z], c: [mol/m^3], T: K, relative_permittivity: 1) -> m
boltzmann_factor(z: z, psi: V, T: K) -> 1
grahame_charge(z: [z], c_bulk: [mol/m^3], psi: V, T: K, relative_permittivity: 1, fixed_charge?: mol/m^3, ion_size?: m) \
-> C/m^2
grahame_potential(z: [z], c_bulk: [mol/m^3], surface_charge: C/m^2, T: K, relative_permittivity: 1, \
fixed_charge?: mol/m^3, ion_size?: m) -> V
diffuse_capacitance(z: [z], c_bulk: [mol/m^3], psi: V, T: K, relative_permittivity: 1, fixed_charge?: mol/m^3, \
ion_size?: m) -> F/m^2
gouy_chapman(psi0: V, x_over_debye: 1, z: 1, T: K) -> V
stern_layer(z: [z], c_bulk: [mol/m^3], T: K, relative_permittivity: 1, stern_capacitance: F/m^2, potential?: V, \
surface_charge?: C/m^2, ion_size?: m) -> (diffuse_potential: V, stern_drop: V, surface_charge: C/m^2, capacitance: F/m^2)
charged_membrane_surface(z: z, c_in: mol/m^3, c_out: mol/m^3, membrane_potential: V, psi_in: V, psi_out: V, T: K) \
-> (membrane_potential: V, reversal_potential: V, driving_force: V, apparent_driving_force: V, \
concentration_in: mol/m^3, concentration_out: mol/m^3)
# Bioenergetics
nernst_slope(temperature: K) -> V
proton_motive_force(potential_difference: V, ph_difference: 1, temperature: K) -> V
ion_motive_force(potential_difference: V, activity_p: a, activity_n: a, charge: z, temperature: K) -> V
proton_free_energy(motive_force: V) -> J/mol
atp_synthesis_free_energy(standard_free_energy: J/mol, atp: mol/L, adp: mol/L, phosphate: mol/L, temperature: K) \
-> J/mol
maximum_atp_free_energy(motive_force: V, protons: 1) -> J/mol
maximum_atp_ratio(motive_force: V, protons: 1, standard_free_energy: J/mol, temperature: K) -> L/mol
atp_stall_force(synthesis_free_energy: J/mol, protons: 1) -> V
pump_stall_potential(free_energy: J/mol, charges: 1) -> V
symport_accumulation(motive_force: V, protons: 1, temperature: K, solute_charge?: 1, potential_difference?: V) -> 1
redox_potential(standard_potential: V, electrons: 1, oxidised: a, reduced: a, temperature: K, protons?: 1, ph?: 1, \
reference_ph?: 1) -> V
redox_free_energy(donor_potential: V, acceptor_potential: V, electrons: 1) -> J/mol
reverse_transport_threshold(donor_potential: V, acceptor_potential: V, electrons: 1, protons: 1) -> V
# Thermochemistry
from_electronvolt(energy: eV) -> J/mol
electron_chemical_potential(potential: V) -> J/mol
proton_chemical_potential(ph: 1, temperature: K, standard?: J/mol) -> J/mol
reaction_free_energy(stoichiometry: {1}, free_energies: {J/mol}) -> J/mol
with_activities(free_energy: J/mol, stoichiometry: {1}, activities: {1}, temperature: K) -> J/mol
cell_potential(free_energy: J/mol, electrons: 1) -> V
equilibrium_oxygen_pressure(free_energy: J/mol, oxidised_over_reduced: 1, temperature: K, oxygen?: 1) -> 1
electrochemical_free_energy(free_energy: J/mol, electrons: 1, protons: 1, potential: V, ph: 1, temperature: K) -> J/mol
dissolution_free_energy(products: J/mol, reactants: J/mol, electrons: 1, potential: V, temperature: K, protons?: 1, \
ph?: 1, ion_activity?: 1, ions?: 1) -> J/mol
dissolution_potential(free_energy: J/mol, electrons: 1, temperature: K, protons?: 1, ph?: 1) -> V
reversible_hydrogen_potential(potential: V, ph: 1, temperature: K) -> V
proton_electron_pair(potential: V, ph: 1, temperature: K, hydrogen?: J/mol) -> J/mol
carbonate_fractions(ph: 1, pka1: 1, pka2: 1) -> (co2: 1, bicarbonate: 1, carbonate: 1)
pre_equilibrium_free_energy(ph: 1, pka: 1, protons: 1, temperature: K) -> J/mol
capture_penalty(ph: 1, pka: 1, protons: 1, electrons: 1, temperature: K) -> (free_energy: J/mol, potential_shift: V)
# Electrodes and semiconductors
electrode_potential(E0: V, n: 1, a_ox: a, a_red: a, T: K) -> V
exchange_current(k0: m/s, n: 1, c_ox: mol/m^3, c_red: mol/m^3, alpha?: 1) -> A/m^2
redox_current(E: V, E0: V, k0: m/s, n: 1, c_ox: mol/m^3, c_red: mol/m^3, T: K, alpha?: 1) \
-> (anodic: A/m^2, cathodic: A/m^2, net: A/m^2)
butler_volmer(eta: V, j0: A/m^2, T: K, alpha_anodic?: 1, alpha_cathodic?: 1, anodic_limit?: A/m^2, \
cathodic_limit?: A/m^2) -> A/m^2
overpotential(U: V, current: A/m^2, resistance: ohm*m^2, equilibrium: V) -> V
tafel_slope(alpha: 1, T: K) -> V
charge_transfer_resistance(j0: A/m^2, T: K, alpha_anodic?: 1, alpha_cathodic?: 1) -> ohm*m^2
concentration_overpotential(current_ratio: 1, n: 1, T: K) -> V
fermi_level(U: V) -> eV
potential_of_fermi_level(level: eV) -> V
doping_shift(N_before: 1/m^3, N_after: 1/m^3, T: K) -> eV
compensating_redox_ratio(level_shift: eV, n: 1, T: K) -> 1
oxide_defects(pressure: Pa, reduction_constant: mol^3/m^9*Pa^0.5, intrinsic_constant: mol^2/m^6, \
fixed_charge?: mol/m^3) -> (vacancy: mol/m^3, electron: mol/m^3, hole: mol/m^3)
partial_conductivity(z: z, D: D, c: mol/m^3, T: K) -> S/m
chemical_capacitance(z1: 1, c1: mol/m^3, z2: 1, c2: mol/m^3, T: K) -> F/m^3
ambipolar_diffusivity(z1: 1, c1: mol/m^3, D1: m^2/s, z2: 1, c2: mol/m^3, D2: m^2/s) -> m^2/s
permeation_power_law(low: 1, high: 1, thickness: m, T: K, sigma: S/m, exponent: 1) -> mol/m^2/s
n_type_voltage(low: Pa, high: Pa, p_half: Pa, T: K) -> V
hebb_wagner_current(voltage: V, electronic: S/m, hole: S/m, thickness: m, T: K) -> A/m^2
characteristic_thickness(D: m^2/s, k: m/s) -> m
surface_limited_share(thickness: m, D: m^2/s, k: m/s) -> 1
grain_boundary_depletion(potential: V, dopant: mol/m^3, z: 1, T: K, relative_permittivity: 1) \
-> (width: m, core_charge: C/m^2, resistance_ratio: 1)
intrinsic_density(N_c: 1/m^3, N_v: 1/m^3, gap: eV, T: K) -> 1/m^3
semiconductor_fermi_level(N_c: 1/m^3, N_v: 1/m^3, gap: eV, T: K, donors?: 1/m^3, acceptors?: 1/m^3, statistics?: text) \
-> eV
flat_band_potential(affinity: eV, level: eV) -> V
depletion_width(bending: V, doping: 1/m^3, relative_permittivity: 1, T: K) -> m
mott_schottky(bending: V, doping: 1/m^3, relative_permittivity: 1, T: K) -> m^4/F^2
depletion_charge(bending: V, doping: 1/m^3, relative_permittivity: 1, T: K) -> C/m^2
# Transport
conductivity(z: [z], D: [D], c: [mol/m^3], T: K) -> S/m
transference_numbers(z: [z], D: [D], c: [mol/m^3]) -> [1]
nernst_hartley(z_cation: 1, z_anion: 1, D_cation: m^2/s, D_anion: m^2/s) -> m^2/s
limiting_current(z_cation: 1, z_anion: 1, D_cation: m^2/s, c_cation: mol/m^3, thickness: m) -> A/m^2
cottrell_current(n: 1, c: mol/m^3, D: m^2/s, t: s) -> A/m^2
sand_time(j: A/m^2, n: 1, c: mol/m^3, D: m^2/s, transference?: 1) -> s
microdisc_current(n: 1, c: mol/m^3, D: m^2/s, radius: m) -> A
shoup_szabo_current(n: 1, c: mol/m^3, D: m^2/s, radius: m, t: s) -> A
randles_sevcik_peak(n: 1, c: mol/m^3, D: m^2/s, scan_rate: V/s, T: K) -> A/m^2
reversible_voltammogram(overpotential: V, n: 1, c: mol/m^3, D: m^2/s, scan_rate: V/s, T: K) -> A/m^2
"""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law.

    Attributes
    ----------
    name : str
    kind : str
        SI unit, ``"1"``, ``"a"``, ``"z"``, ``"D"`` or ``"text"``.
    form : str
        ``"one"``, ``"ions"`` (one value per ion) or ``"table"`` (values by name).
    optional : bool
    """

    name: str
    kind: str
    form: str = "one"
    optional: bool = False


@dataclass(frozen=True)
class Law:
    """A closed form as case files see it.

    Attributes
    ----------
    name : str
        Of the function in :mod:`npsolver.equilibrium`.
    parameters : dict of str to Parameter
    outputs : dict of str to (unit, is_vector)
        By the name of the part; ``""`` for a law with one result.
    topic : str
    """

    name: str
    parameters: dict[str, Parameter]
    outputs: dict[str, tuple[str, bool]]
    topic: str


@cache
def laws() -> dict[str, Law]:
    """Every law by name."""
    topic, found = "", {}
    for line in _TEXT.strip().splitlines():
        if line.startswith("#"):
            topic = line[2:]
            continue
        name, arguments, result = re.fullmatch(r"(\w+)\((.*)\) -> (.+)", line).groups()
        parameters = {}
        for text in arguments.split(", "):
            key, kind = text.split(": ")
            form = {"[": "ions", "{": "table"}.get(kind[0], "one")
            parameters[key.rstrip("?")] = Parameter(key.rstrip("?"), kind.strip("[]{}"), form, key.endswith("?"))
        parts = [part.split(": ") for part in result.strip("()").split(", ")] if result[0] == "(" else [["", result]]
        outputs = {key: (_unit(unit.strip("[]")), unit[0] == "[") for key, unit in parts}
        found[name] = Law(name, parameters, outputs, topic)
    return found


def _unit(text: str) -> str:
    return "" if text == "1" else text


def evaluate(law: Law, arguments: dict[str, object]) -> dict[str, object]:
    """Results of a law by the name of their part.

    Parameters
    ----------
    law : Law
    arguments : dict
        By the names of the parameters, SI.
    """
    from npsolver import equilibrium

    result = getattr(equilibrium, law.name)(**arguments)
    if list(law.outputs) == [""]:
        return {"": result}
    if isinstance(result, tuple) and not hasattr(result, "_fields"):
        return dict(zip(law.outputs, result, strict=True))
    return {part: getattr(result, part) for part in law.outputs}
