"""Closed forms of electrochemical equilibrium and transport, independent of the transport engine.

Every function takes SI numbers or arrays, broadcasts, and refuses non-physical input with
:class:`npsolver.errors.InputError`.  Modules load on first use, so that importing the package costs nothing:

>>> from npsolver import equilibrium
>>> round(float(equilibrium.nernst_potential(1, 140, 5, 310.15)), 6)
-0.089059
"""

from __future__ import annotations

from importlib import import_module

# module -> its public names; a new module is one new line
_MODULES = {
    "ions": (
        "nernst_potential driving_force ion_flow_direction chord_current chord_voltage ghk_current "
        "ghk_voltage transfer_energy gradient_energy charge_for_swing concentration_change"
    ),
    "bioenergetics": (
        "nernst_slope proton_motive_force ion_motive_force proton_free_energy atp_synthesis_free_energy "
        "maximum_atp_free_energy maximum_atp_ratio atp_stall_force pump_stall_potential symport_accumulation"
    ),
    "reverse_transport": (
        "redox_potential redox_free_energy reverse_transport_threshold ReverseTransportMap reverse_transport_map"
    ),
    "thermochemistry": (
        "from_electronvolt electron_chemical_potential proton_chemical_potential reaction_free_energy "
        "with_activities cell_potential equilibrium_oxygen_pressure electrochemical_free_energy "
        "dissolution_free_energy dissolution_potential"
    ),
    "electroreduction": (
        "reversible_hydrogen_potential proton_electron_pair free_energy_diagram limiting_potential "
        "carbonate_fractions pre_equilibrium_free_energy capture_penalty CapturePenalty"
    ),
    "films": "Film electroneutral_film",
    "membranes": (
        "DonnanEquilibrium MembranePotential donnan donnan_potential teorell_meyer_sievers "
        "charged_membrane constant_field_film goldman_charged_film"
    ),
    "junctions": (
        "henderson planck binary_junction free_diffusion junction_build_up maxwell_time pipette_junction "
        "measured_potential corrected_potential"
    ),
    "insertion_hosts": "InsertionHost RedlichKister RegularSolution",
    "multisite": "Site MultiSite",
    "tabulated": "TabulatedHost",
    "miscibility": (
        "Coexistence spinodal coexistences in_two_phase open_circuit_potential hysteresis_gap mixing_barrier"
    ),
    "double_layer": (
        "debye_length boltzmann_factor grahame_charge grahame_potential diffuse_capacitance "
        "steric_concentration"
    ),
    "profiles": "gouy_chapman gouy_chapman_2_1 diffuse_profile distance_at_potential Slit slit",
    "differential_analysis": (
        "differential_voltage incremental_capacity Polarisation polarised_potential polarised_incremental_capacity "
        "incremental_capacity_spectrum"
    ),
    "measured_curves": "measured_differential_voltage measured_incremental_capacity",
    "batteries": "Electrode FullCell balanced_cell",
    "calendar_ageing": "StabilityWindow AgeingMap ageing_map InterphaseGrowth",
    "salt_transport": (
        "conductivity transference_numbers nernst_hartley cation_transference nernst_hartley_matrix "
        "limiting_molar_conductivity ionic_diffusivity"
    ),
    "binary_films": (
        "limiting_current migration_enhancement BinaryFilm stagnant_film film_concentration "
        "galvanic_film selective_membrane_current selective_membrane_voltage"
    ),
    "diffusion": (
        "cottrell_current cottrell_charge cottrell_profile layer_current slab_uptake sand_time "
        "sand_time_binary sand_surface gaussian_pulse diffusion_potential cosine_decay"
    ),
    "voltammetry": (
        "microdisc_current shoup_szabo_current reversible_current_function reversible_voltammogram "
        "randles_sevcik_peak RANDLES_SEVCIK_PEAK RANDLES_SEVCIK_PEAK_POSITION"
    ),
    "impedance": (
        "BlockingCell blocking_impedance macdonald_impedance warburg_impedance symmetric_cell_impedance "
        "capacitance_of_impedance"
    ),
    "charging": "charging_time step_charge relaxation_time Charging charging_weakly_nonlinear",
    "activity": (
        "ionic_strength bjerrum_length debye_hueckel davies PitzerSalt PITZER_SALTS PitzerResult pitzer "
        "nernst_activity_error concentration_cell"
    ),
    "electrodes": (
        "HYDROGEN_ELECTRODE_LEVEL electrode_potential exchange_current RedoxCurrent redox_current "
        "butler_volmer overpotential tafel_slope charge_transfer_resistance concentration_overpotential "
        "fermi_level potential_of_fermi_level doping_shift compensating_redox_ratio"
    ),
    "semiconductors": (
        "fermi_dirac_half intrinsic_density semiconductor_fermi_level flat_band_potential "
        "depletion_width mott_schottky depletion_charge"
    ),
    "defects": (
        "OxideDefects oxide_defects partial_conductivity chemical_capacitance ambipolar_diffusivity MixedConduction "
        "mixed_conduction permeation_profile permeation_power_law n_type_voltage hebb_wagner_current electronic_current "
        "characteristic_thickness surface_limited_share Depletion grain_boundary_depletion"
    ),
    "speciation": "acid_fractions dissociated weak_acid_diffusivity buffer_slope buffered_diffusivity",
    "onsager": (
        "onsager_from_salt SaltTransport salt_from_onsager onsager_from_stefan_maxwell "
        "stefan_maxwell_mixture zero_current_field diffusion_matrix"
    ),
    "onsager_fuoss": "onsager_limiting_law stokes_transference",
    "ode": "integrate_pieces",
    "pores": "access_resistance pore_conductance surface_conductance band_array_flow "
    "rectangular_pore_potential square_electrode_flow strip_membrane_flow",
    "protocols": "Steps VoltageClamp CurrentClamp",
    "membrane_transport": "Surroundings Leak Pump Cotransporter net_fluxes membrane_current",
    "cells": "CellIon EnergySupply Intervention Cell",
    "cell_dynamics": "CellCourse simulate_cell",
    "cell_rest": (
        "pump_leak_course pump_leak_steady zero_current_potential electrogenic_share mullins_noda_potential "
        "leaks_that_balance RestingState resting_state"
    ),
    "charged_surfaces": "SternLayer stern_layer ChargedMembrane charged_membrane_surface",
    "hodgkin_huxley": "Axoplasm HodgkinHuxley",
    "action_potential": "AxonCourse simulate_axon",
    "pourbaix": (
        "pourbaix_diagram PourbaixDiagram alloy_diagram AlloyDiagram SolutionPhase surface_diagram SurfaceDiagram "
        "SurfaceState coverage_states Compound CompoundTable standard_table read_table parse_formula water_window"
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Import the module that owns `name` when it is first asked for."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME, *_MODULES})
