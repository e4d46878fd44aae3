"""Pictures: which ones, what their axes say, and that numbers that are round-off are shown as zero."""

from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from synthetic_solutions import (
    SOLUTIONS,
    charged_wall,
    charging_cell,
    limiting_current,
    selective_membrane,
    stand_in_case,
)

from npsolver.mesh import Geometry, SizeSource, graded_positions, interval_mesh
from npsolver.output import read_result, write_plots, write_report, write_result
from npsolver.output.layers import thin_layers
from npsolver.output.plot_axes import frame_labels
from npsolver.output.plots import figures
from npsolver.output.quantities import display_unit, format_quantity, typeset
from npsolver.output.style import species_label
from npsolver.stepping.solution import Observable, Solution


def _figures(solution, checks=()):
    return dict(figures(solution, checks=list(checks)))


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("charged_wall", {"layers"}),
        ("selective_membrane", set()),
        ("charging_cell", {"history", "observables"}),
        ("limiting_current", {"sweep"}),
    ],
)
def test_each_kind_of_run_has_its_pictures(name, extra):
    found = set(_figures(SOLUTIONS[name]()))
    assert found == {"concentrations", "potential", "fluxes", "charge_density"} | extra


def test_labels_have_units_with_prefixes():
    drawn = _figures(charged_wall())
    labels = {name: (f.axes[0].get_xlabel(), f.axes[0].get_ylabel()) for name, f in drawn.items()}
    assert labels["concentrations"] == ("Position (nm)", "Concentration (mM)")
    assert labels["potential"] == ("Position (nm)", "Potential (mV)")
    assert labels["charge_density"] == ("Position (nm)", "Charge density (MC m⁻³)")


def test_wide_ranges_of_concentration_are_logarithmic():
    assert _figures(charged_wall())["concentrations"].axes[0].get_yscale() == "log"
    assert _figures(selective_membrane())["concentrations"].axes[0].get_yscale() == "linear"


def test_depleted_concentrations_do_not_stretch_the_axis():
    solution = charged_wall()
    solution.concentration[0, 0, :10] = 1e-121
    low, high = _figures(solution)["concentrations"].axes[0].get_ylim()
    assert high / low < 1e14


def test_round_off_is_shown_as_zero():
    axis = _figures(charged_wall())["fluxes"].axes[0]
    assert [text.get_text() for text in axis.texts] == ["zero up to round-off"]
    assert axis.get_ylim()[1] > 1.0  # of D c / L in percent, not 1e-22


def test_excluded_species_are_not_drawn_and_jumps_stay_jumps():
    solution = selective_membrane()
    lines = _figures(solution)["concentrations"].axes[0].get_lines()
    cation = [line for line in lines if line.get_color() == "#0072B2"]
    anion = [line for line in lines if line.get_color() == "#D55E00"]
    assert (len(cation), len(anion)) == (3, 2)
    assert cation[0].get_xdata()[-1] == pytest.approx(cation[1].get_xdata()[0])
    assert cation[1].get_ydata()[0] - cation[0].get_ydata()[-1] == pytest.approx(60.0)


def test_regions_are_named_without_overlap():
    names = [text.get_text() for text in _figures(selective_membrane())["potential"].axes[0].texts]
    assert names == ["inside", "membrane", "outside"]
    solution = selective_membrane()

    longer = tuple(f"a rather long name {i}" for i in range(3))
    solution.mesh = replace(solution.mesh, region_names=longer)
    solution.model = replace(
        solution.model, regions=tuple(replace(r, name=n) for r, n in zip(solution.model.regions, longer))
    )
    assert _figures(solution)["potential"].axes[0].region_rows > 1


def test_frames_are_told_apart_by_their_times():
    figure = _figures(charging_cell())["potential"]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels[0] == "0"
    assert labels[-1] == "120 µs"
    assert len(labels) == 6


def test_a_sweep_shows_its_reference_curve():
    solution = limiting_current()
    values = solution.observables["current_density"].value
    check = {"observable": "current_density", "references": [None, *values[1:].tolist()]}
    axis = _figures(solution, [check])["sweep"].axes[0]
    assert axis.get_xlabel() == "Potential at left (mV)"
    assert axis.get_ylabel() == "Current density (A m⁻²)"
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["current density", "closed form"]
    data, reference = axis.get_lines()[:2]
    np.testing.assert_allclose(data.get_ydata()[1:], reference.get_ydata()[1:])


def test_closed_forms_of_single_frames_are_marks_without_a_line():
    solution = limiting_current()
    values = solution.observables["current_density"].value.tolist()
    first = {"observable": "current_density", "references": [None] * (len(values) - 1) + values[-1:]}
    second = {"observable": "current_density", "references": values[:1] + [None] * (len(values) - 1)}
    _, marks = _figures(solution, [first, second])["sweep"].axes[0].get_lines()[:2]
    assert (marks.get_linestyle(), marks.get_marker()) == ("None", "x")
    np.testing.assert_array_equal(np.isfinite(marks.get_ydata()), [True] + [False] * (len(values) - 2) + [True])


def test_thin_layers_are_found_and_enlarged():
    solution = charged_wall()
    length = 1e-5
    x = graded_positions([0, length], [SizeSource(0.0, 1e-10)], growth=0.2, largest=1e-6)
    solution.mesh = interval_mesh(Geometry("cartesian", (("solution", length),)), x)
    psi = 0.1 * np.exp(-x / 3e-9)
    solution.potential = psi[None]
    solution.concentration = (
        10 * np.stack([np.exp(-psi / 0.0257), np.exp(psi / 0.0257)])[None, :, solution.mesh.cell_node]
    )
    solution.flux = np.zeros((1, 2, solution.mesh.n_edges))
    windows = thin_layers(solution)
    assert [window.label for window in windows] == ["Distance from left"]
    assert 5e-9 < windows[0].high < 5e-8
    figure = _figures(solution)["layers"]
    assert figure.axes[-1].get_xlabel() == "Distance from left (nm)"


def test_thin_layers_are_not_invented_on_uniform_meshes():
    assert thin_layers(selective_membrane()) == []


def test_plots_leave_no_trace_in_the_settings(tmp_path):
    before = dict(mpl.rcParams)
    write_result(tmp_path, stand_in_case(), charged_wall(), plot_formats=["svg", "pdf"])
    assert dict(mpl.rcParams) == before
    assert (tmp_path / "potential.svg").read_text().startswith("<?xml")
    assert (tmp_path / "potential.pdf").read_bytes().startswith(b"%PDF")


def test_the_same_result_gives_the_same_svg(tmp_path):
    for name in ("a", "b"):
        write_result(tmp_path / name, stand_in_case(), charging_cell(), plot_formats=["svg"])
    for path in (tmp_path / "a").glob("*.svg"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_plots_and_report_from_files_alone(tmp_path):
    write_result(tmp_path, stand_in_case("<K+> & more"), selective_membrane())
    result = read_result(tmp_path)
    paths = write_plots(tmp_path, result, ["png"])
    assert {path.stem for path in paths} == {"concentrations", "potential", "fluxes", "charge_density"}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    page = write_report(tmp_path, result).read_text(encoding="utf-8")
    assert "&lt;K+&gt; &amp; more" in page
    assert "<K+>" not in page
    assert page.count("data:image/png;base64,") == 4
    assert "http" not in page  # nothing is loaded from elsewhere
    assert "-89.0594" in page


def test_huge_meshes_are_thinned_for_drawing():
    from npsolver.output.profiles import MAX_POINTS, potential_profile

    solution = charged_wall()
    x = np.linspace(0, 1e-6, 20001)
    solution.mesh = interval_mesh(Geometry("cartesian", (("solution", 1e-6),)), x)
    solution.potential = np.sin(x * 1e7)[None]
    ((positions, values),) = potential_profile(solution).segments
    assert positions.size <= MAX_POINTS
    assert positions[[0, -1]] == pytest.approx([0, 1e-6])
    assert values.shape == (1, positions.size)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (-0.089059, "V", "-89.059 mV"),
        (140.0, "mol/m^3", "140 mM"),
        (1500.0, "mol/m^3", "1.5 M"),
        (1e-4, "mol/m^3", "100 nM"),
        (0.0, "V", "0 V"),
        (1e-3, "V", "1 mV"),
        (999.9999, "V", "1000 V"),
        (3600.0, "s", "3600 s"),
        (2e-8, "mol/m^2/s", "20 nmol m⁻² s⁻¹"),
        (1e-25, "A/m^2", "1e-25 A m⁻²"),
        (0.5, "", "0.5"),
        (float("nan"), "V", "not a number V"),
    ],
)
def test_quantities_read_well(value, unit, text):
    assert format_quantity(value, unit) == text


def test_display_unit_is_exact_in_powers_of_ten():
    for exponent in range(-14, 12):
        factor, _ = display_unit(float(f"1e{exponent}"), "V")
        assert 1 <= round(float(f"1e{exponent}") * factor, 9) < 1000


def test_units_and_names_are_typeset():
    assert typeset("W/K/m^2") == "W K⁻¹ m⁻²"
    assert typeset("1/s") == "s⁻¹"
    assert species_label("SO4^2-", -2) == r"$\mathrm{SO_{4}^{2-}}$"
    assert species_label("v_O", 2) == "v_O"
    assert species_label("glucose", 0) == "glucose"


def _with_events(*instants: float, first_step: float = 1e-10):
    """A cell that is charged or discharged again at every instant, with small steps after each."""
    solution = charging_cell()
    ends = [0.0, *instants, 1e-3]
    spans = [
        start + (stop - start) * np.r_[0.0, np.geomspace(first_step, 1.0, 20)] for start, stop in zip(ends, ends[1:])
    ]
    time = np.concatenate(spans)
    for name, series in solution.series.items():
        values = time if name == "time" else np.concatenate([np.linspace(1.0, 2.0, span.size) for span in spans])
        solution.series[name] = replace(series, values=values)
    return solution, len(solution.series) - 1


def test_history_starts_again_at_an_event():
    solution, _ = _with_events(4e-4)
    axes = np.array(_figures(solution)["history"].axes).reshape(-1, 2)
    assert {axis.get_xscale() for axis in axes.flat} == {"log"}
    assert [axis.get_xlabel() for axis in axes[-1]] == ["Time (µs)", "Time after 400 µs (µs)"]
    for row in axes:
        assert row[0].get_ylim() == row[1].get_ylim()
        for axis, length in zip(row, (400.0, 600.0)):
            x = axis.get_lines()[0].get_xdata()
            assert x[0] == pytest.approx(1e-10 * length, rel=1e-3)
            assert x[-1] == pytest.approx(length)


@pytest.mark.parametrize(
    ("instants", "first_step"), [([4e-4], 1e-2), ([1e-4, 2e-4, 3e-4], 1e-10)], ids=["slow", "many events"]
)
def test_history_is_linear_where_spans_are_slow_or_many(instants, first_step):
    solution, _ = _with_events(*instants, first_step=first_step)
    for axis in _figures(solution)["history"].axes:
        assert axis.get_xscale() == "linear"
        assert axis.get_xlim() == (0.0, pytest.approx(1.0))
        marks = [
            line.get_xdata()[0]
            for line in axis.get_lines()
            if line.get_linestyle() == ":" and len(line.get_xdata()) == 2
        ]
        np.testing.assert_allclose(marks, [1e3 * instant for instant in instants])


def test_history_spans_what_it_shows():
    """A logarithmic axis leaves out the first instant, whose value may be far from all others."""
    solution = charging_cell()
    current = solution.series["current[left]"].values
    current[0] = 1e3 * current[1]
    axis = next(axis for axis in _figures(solution)["history"].axes if "Current" in axis.get_ylabel())
    assert axis.get_ylim()[1] < 2 * current[1]


def test_history_without_events_is_one_logarithmic_axis():
    solution, panels = _with_events()
    axes = _figures(solution)["history"].axes
    assert len(axes) <= panels
    assert {axis.get_xscale() for axis in axes} == {"log"}


def test_windows_in_which_nothing_changes_are_left_out():
    solution = charged_wall()
    length = 1e-5
    x = graded_positions([0, length], [SizeSource(0.0, 1e-10)], growth=0.2, largest=1e-6)
    solution.mesh = interval_mesh(Geometry("cartesian", (("solution", length),)), x)
    solution.potential = 0.1 * (x / length)[None]
    solution.concentration = np.full((1, 2, solution.mesh.cell_node.size), 10.0)
    solution.flux = np.zeros((1, 2, solution.mesh.n_edges))
    assert thin_layers(solution) == []


def test_the_flux_of_a_species_that_passes_neither_end_is_zero():
    """Short edges carry round-off: 1e-8 of D c/L here."""
    solution = limiting_current()
    solution.observables = {
        f"flux[{species.name}, {side}]": Observable(
            f"flux[{species.name}, {side}]", np.zeros(len(solution.axis)), "mol/m^2/s"
        )
        for species in solution.model.species
        for side in ("left", "right")
    }
    figure = _figures(solution)["fluxes"]
    drawn = [line.get_ydata() for axis in figure.axes for line in axis.get_lines() if len(line.get_ydata()) > 2]
    assert drawn
    assert not np.any(np.concatenate(drawn))


def _film(**changes) -> Solution:
    """Salt in an electroneutral film."""
    solution = selective_membrane()
    solution.model = replace(solution.model, **changes)
    return solution


def test_electroneutral_solutions_have_no_charge_density():
    assert "charge_density" not in _figures(_film(physics="electroneutral"))


def test_uncharged_solutes_have_no_potential():
    from npsolver.model import Region, Species

    species = (Species("A", 0, 1e-9), Species("B", 0, 2e-9))
    solution = _film(species=species, regions=tuple(Region(r.name) for r in selective_membrane().model.regions))
    solution.potential = np.zeros_like(solution.potential)
    assert set(_figures(solution)) == {"concentrations", "fluxes"}


def test_small_changes_of_concentration_are_seen():
    """A thousandth beside zero would be a flat line; each species gets an axis of its own then."""
    solution = charged_wall()
    x = solution.mesh.nodes[solution.mesh.cell_node, 0] / 30e-9
    solution.concentration = np.stack([100.0 + 0.1 * x, 50.0 - 0.05 * x])[None]
    axes = _figures(solution)["concentrations"].axes
    assert [axis.get_ylabel() for axis in axes] == [
        f"c({species_label(n, z)}) (mM)" for n, z in (("K+", 1), ("Cl-", -1))
    ]
    low, high = axes[0].get_ylim()
    assert 99.98 < low < 100.0
    assert 100.1 < high < 100.12
    solution.concentration[0, 0] = 80.0 + 20.0 * x
    assert len(_figures(solution)["concentrations"].axes) == 1


def test_windows_are_as_wide_as_the_layer_where_the_mesh_is_finer():
    solution = charged_wall()
    length = 1e-5
    x = graded_positions([0, length], [SizeSource(0.0, 1e-13)], growth=0.2, largest=1e-6)
    solution.mesh = interval_mesh(Geometry("cartesian", (("solution", length),)), x)
    psi = 0.1 * np.exp(-x / 3e-9)
    solution.potential = psi[None]
    solution.concentration = (
        10 * np.stack([np.exp(-psi / 0.0257), np.exp(psi / 0.0257)])[None, :, solution.mesh.cell_node]
    )
    (window,) = thin_layers(solution)
    assert window.high == pytest.approx(5 * 3e-9 * np.log(2), rel=0.2)


def test_long_times_are_in_hours_and_given_values_are_marked():
    solution = charging_cell()
    name = next(name for name in solution.observables if "[" not in name)
    solution.axis = np.linspace(0.0, 12 * 3600.0, solution.n_frames)
    checks = [
        {"observable": name, "reference": 0.5, "at": 4 * 3600.0, "references": None},
        {"observable": name, "reference": 0.7, "at": 12 * 3600.0, "references": None},
    ]
    axis = _figures(solution, checks)["observables"].axes[0]
    marks = [line for line in axis.lines if line.get_label() == "expected"]
    assert len(marks) == 1
    assert marks[0].get_xdata().tolist() == [4.0, 12.0]
    assert axis.get_xlabel() == "Time (h)"
    assert frame_labels(solution, [0, solution.n_frames - 1]) == ["0 h", "12 h"]
