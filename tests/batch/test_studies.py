"""Study files: designs, units, identities, and messages for what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from study_files import write_case, write_study

from npsolver.case import load, template_text
from npsolver.case.study_load import load_study, study_from_document
from npsolver.errors import InputError


def study(tmp_path, text: str):
    write_case(tmp_path)
    path = tmp_path / "s.study.toml"
    path.write_text(text if "[study]" in text else '[study]\ncase = "base.toml"\n' + text, encoding="utf-8")
    return load_study(path)


T = '[[axis]]\nkey = "model.temperature"\n'


def test_grid_order_names_and_units(tmp_path):
    loaded = study(
        tmp_path,
        '[[axis]]\nname = "c"\nkey = "boundary.left.concentration.K+"\nvalues = ["1 mM", "0.1 M"]\n'
        + T
        + 'from = "10 degC"\nto = 303.15\npoints = 3\n',
    )
    assert [axis.name for axis in loaded.axes] == ["c", "model_temperature"]
    assert loaded.units == {"c": "mol/m^3", "model_temperature": "K"}
    members = [loaded.member(i) for i in range(len(loaded))]
    assert [m.values["c"] for m in members] == [1.0] * 3 + [100.0] * 3
    assert [m.values["model_temperature"] for m in members[:3]] == [283.15, 293.15, 303.15]
    assert loaded.case(members[4]).model.temperature == 293.15
    assert loaded.case(members[4]).model.boundaries["left"].concentration["K+"] == 100.0


def test_log_range_hits_its_ends(tmp_path):
    loaded = study(tmp_path, '[[axis]]\nname = "x"\nfrom = 1e-3\nto = 1e3\npoints = 7\nspacing = "log"\n')
    assert loaded.axes[0].values == pytest.approx([1e-3, 1e-2, 1e-1, 1, 10, 100, 1000], rel=1e-14)
    assert (loaded.axes[0].values[0], loaded.axes[0].values[-1]) == (1e-3, 1e3)


def test_groups_and_zip(tmp_path):
    pair = '[[axis]]\nname = "a"\nvalues = [1, 2]\n{0}[[axis]]\nname = "b"\nvalues = [3, 4]\n{0}'
    grouped = study(tmp_path, pair.format('group = "g"\n') + '[[axis]]\nname = "c"\nvalues = [5, 6, 7]\n')
    assert grouped.shape == (2, 3)
    assert grouped.member(4).values == {"a": 2.0, "b": 4.0, "c": 6.0}
    zipped = study(tmp_path, '[study]\ncase = "base.toml"\ndesign = "zip"\n' + pair.format(""))
    assert [zipped.member(i).values for i in range(2)] == [{"a": 1.0, "b": 3.0}, {"a": 2.0, "b": 4.0}]


@pytest.mark.parametrize("design", ["sobol", "latin-hypercube"])
def test_samples_fill_their_ranges_and_repeat(tmp_path, design):
    text = (
        f'[study]\ncase = "base.toml"\ndesign = "{design}"\nsamples = 32\nseed = 5\n'
        '[[axis]]\nname = "x"\nfrom = 1e-4\nto = 1\nspacing = "log"\n'
        + T
        + 'from = "280 K"\nto = "320 K"\n[[axis]]\nname = "salt"\nvalues = ["KCl", "NaCl"]\n'
    )
    loaded = study(tmp_path, text)
    assert loaded.ids == study(tmp_path, text).ids
    assert len(loaded) == 32
    x = np.array([loaded.member(i).values["x"] for i in range(32)])
    # one sample per 1/32 of the range
    assert sorted(np.floor((np.log10(x) + 4) * 8).astype(int)) == list(range(32))
    assert {loaded.member(i).values["salt"] for i in range(32)} == {"KCl", "NaCl"}


def test_csv_rows_derived_names_templates_and_constraints(tmp_path):
    (tmp_path / "rows.csv").write_text("# made up\nion,c (mM)\nNa+,10\nLi+,0.5\nK+,200\n", encoding="utf-8")
    loaded = study(
        tmp_path,
        '[study]\ncase = "base.toml"\nconstraints = ["c < 100"]\n[[axis]]\ncsv = "rows.csv"\n'
        '[derived]\ntwice = "2 * c"\n"model.temperature" = "290 + twice"\n'
        '[set]\nspecies = [{ name = "{ion}" }, { name = "Cl-" }]\n'
        '"boundary.left.concentration" = { "{ion}" = "{c}" }\n'
        '"boundary.right.concentration" = { "{ion}" = "{twice}" }\n',
    )
    assert len(loaded) == 2
    case = loaded.case(loaded.member(1))
    assert [s.name for s in case.model.species] == ["Li+", "Cl-"]
    assert case.model.boundaries["right"].concentration["Li+"] == 1.0
    assert case.model.temperature == 291.0
    again = study_from_document(loaded.document)
    assert again.ids == loaded.ids, "the stored study needs no CSV file"


def test_identity_is_of_the_content(tmp_path):
    first = study(tmp_path, T + "values = [290, 300]\n")
    more = study(
        tmp_path, '[study]\ncase = "base.toml"\ntitle = "other words"\n' + T + 'values = ["27 degC", 300, 290]\n'
    )
    assert set(first.ids) <= set(more.ids)
    path = tmp_path / "base.toml"
    path.write_text(path.read_text().replace("Selective", "Another"), encoding="utf-8")
    assert load_study(tmp_path / "s.study.toml").ids == more.ids, "words do not count"
    path.write_text(path.read_text().replace('"5 nm"', '"6 nm"'), encoding="utf-8")
    assert not set(load_study(tmp_path / "s.study.toml").ids) & set(more.ids)


def test_a_large_study_is_not_made_in_advance(tmp_path):
    loaded = study(tmp_path, "".join(f'[[axis]]\nname = "a{i}"\nfrom = 0\nto = 1\npoints = 100\n' for i in range(3)))
    assert len(loaded) == 1_000_000
    assert loaded.member(999_999).values == {"a0": 1.0, "a1": 1.0, "a2": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one"),
        ('[[axis]]\nkey = "model.temprature"\nvalues = [1]\n', "did you mean 'temperature'"),
        (T + "values = [300]\npoint = 3\n", "did you mean 'points'"),
        (T + 'values = ["3 mV"]\n', "a temperature"),
        (T + "values = []\n", "no values"),
        (T + 'from = "1 K"\nto = "2 K"\n', "points"),
        (T + "values = [300]\nfrom = 2\n", "either values"),
        ('[[axis]]\nname = "x"\nfrom = 0\nto = 1\npoints = 3\nspacing = "log"\n', "not zero"),
        ('[[axis]]\nname = "x"\nvalues = [1]\n[[axis]]\nname = "x"\nvalues = [2]\n', "given twice"),
        ('[[axis]]\nname = "x"\nvalues = ["1 mM", "2 mV"]\n', "different dimensions"),
        ('[[axis]]\nname = "x"\nvalues = [1]\n[derived]\n"model.temperature" = "300 + y"\n', "unknown name 'y'"),
        ('[[axis]]\nname = "x"\nvalues = [0]\n[derived]\n"model.temperature" = "300 / x"\n', "no value"),
        (T + 'values = [300]\n[derived]\n"model.temperature" = "300"\n', "set twice"),
        (T + 'values = [300]\n[set]\n"species.K+.name" = "{salt}"\n', "unknown name {salt}"),
        (T + "values = [300]\n[stdy]\n", "did you mean 'study'"),
        ('[study]\ncase = "base.toml"\nconstraints = ["T > 400"]\n[[axis]]\nname = "T"\nvalues = [300]\n', "no member"),
        ('[study]\ncase = "base.toml"\ndesign = "sobol"\nsamples = 30\n' + T + "from = 280\nto = 300\n", "power of 2"),
        ('[study]\ncase = "none.toml"\n' + T + "values = [300]\n", "no such file"),
        ('[study]\ntitle = "x"\n', "is this a study file"),
        (T + 'values = [300]\n[[axis]]\nkey = "boundary.right.potential"\nvalues = ["1 kT/e"]\n', "no fixed size"),
        ('[[axis]]\ncsv = "rows.csv"\n', "no such file"),
        (
            '[study]\ncase = "base.toml"\nobservables = ["current_densty"]\n' + T + "values = [300]\n",
            "study: observables: unknown observable 'current_densty'; did you mean 'current_density'",
        ),
        ('[[axis]]\nkey = "species.Na+.diffusivity"\nvalues = [1e-9]\n', "member 0: species.Na+.diffusivity: species has no"),
        ('[study]\ncase = "base.toml"\ndesign = "sobol"\n' + T + "from = 280\nto = 300\n", "a whole number, missing"),
        ('[study]\ncase = "base.toml"\nwarm_start = "maybe"\n' + T + "values = [300]\n", "auto, always, never"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    with pytest.raises(InputError) as caught:
        study(tmp_path, text)
    assert message in str(caught.value)


def test_helper_writes_a_study(tmp_path):
    loaded = load_study(write_study(tmp_path, {"x": (0.1, 0.5, 3), "T": (290, 300, 2)}))
    assert loaded.name == "test"
    assert loaded.shape == (3, 2)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("1 / (x - 2)", r"derived: member 1: '1 / \(x - 2\)' has no value at x = 2.0.*constraints"),
        ("1e308 * 10 ** x", "member 0: boundary.left.potential = inf is no finite number"),
    ],
)
def test_members_without_a_value_are_named(tmp_path, formula, message):
    text = f'[[axis]]\nname = "x"\nvalues = [1, 2, 3]\n[derived]\n"boundary.left.potential" = "{formula}"\n'
    with pytest.raises(InputError, match=message):
        len(study(tmp_path, text).ids)


def test_observables_of_the_members_count_where_they_have_other_species(tmp_path):
    text = """
[study]
case = "base.toml"
observables = ["flux[{ION}, left]"]
[[axis]]
name = "ion"
values = ["Na+", "Rb+"]
[set]
"species.K+.name" = "{ion}"
"boundary.left.concentration" = { "{ion}" = 100 }
"boundary.right.concentration" = { "{ion}" = 10 }
"expect" = []
"""
    assert study(tmp_path, text.replace("{ION}", "Na+")).observables == ("flux[Na+, left]",)
    with pytest.raises(InputError, match=r"unknown observable 'flux\[Ca2\+, left\]'"):
        study(tmp_path, text.replace("{ION}", "Ca2+"))


def test_cases_without_transport_and_studies_in_place_of_cases_are_named(tmp_path):
    (tmp_path / "law.toml").write_text(template_text("cell"), encoding="utf-8")
    with pytest.raises(InputError, match="of kind 'cell', and studies vary transport cases"):
        study(tmp_path, '[study]\ncase = "law.toml"\n' + T + "values = [300]\n")
    with pytest.raises(InputError, match="npsolver sweep"):
        load(write_study(tmp_path, {"T": (290, 300, 2)}))
