"""Tables in CSV files next to a case: the same as in the case, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import npsolver
from npsolver.case import from_document
from npsolver.errors import InputError

FILM = """
[model]
physics = "electroneutral"
[[species]]
name = "Na+"
[[species]]
name = "Cl-"
{extra}
[[geometry.region]]
name = "film"
length = "100 um"
[boundary.left]
kind = "bath"
concentration = {{ "Na+" = "100 mM", "Cl-" = "100 mM" }}
current = 0.0
[boundary.right]
kind = "bath"
concentration = {{ "Na+" = "10 mM", "Cl-" = "10 mM" }}
potential = 0.0
"""
MATRICES = """# measured, 25 C
composition [mM], Na+:Na+ [cm^2/s], "Na+,Cl-" [cm^2/s], Cl-:Cl- [cm^2/s]

1,   1.30e-5, 0.02e-5, 2.0e-5
100, 1.25e-5, 0.10e-5, 1.9e-5
"""
POINTS = """
[onsager]
species = ["Na+", "Cl-"]
[[onsager.point]]
composition = "1 mM"
matrix = [["1.30e-5 cm^2/s", "0.02e-5 cm^2/s"], ["0.02e-5 cm^2/s", "2.0e-5 cm^2/s"]]
[[onsager.point]]
composition = "100 mM"
matrix = [["1.25e-5 cm^2/s", "0.10e-5 cm^2/s"], ["0.10e-5 cm^2/s", "1.9e-5 cm^2/s"]]
"""
ION = '[onsager.salt]\ncation = "Na+"\nanion = "Cl-"\n'
SALT = """concentration [mM],molar_conductivity [S*cm^2/mol],transference,diffusivity [m^2/s]
10,118.45,0.3918,1.545e-9
100,106.69,0.3854,1.483e-9
"""
COLUMNS = """concentration = ["10 mM", "100 mM"]
molar_conductivity = ["118.45 S*cm^2/mol", "106.69 S*cm^2/mol"]
transference = [0.3918, 0.3854]
diffusivity = ["1.545e-9 m^2/s", "1.483e-9 m^2/s"]
"""
ACTIVITY = '[[activity]]\nmodel = "table"\nspecies = "Na+"\n'
SAME = {
    "matrices": (MATRICES, '[onsager]\nfile = "table.csv"', POINTS),
    "region": (MATRICES, '[onsager.region.film]\nfile = "table.csv"', POINTS.replace("onsager", "onsager.region.film")),
    "salt": (SALT, ION + 'file = "table.csv"', ION + COLUMNS),
    "activity": (
        "concentration [M],ln_gamma\n0,0\n0.05,-0.2\n1,-0.42\n",
        ACTIVITY + 'file = "table.csv"',
        ACTIVITY + 'concentration = ["0 M", "0.05 M", "1 M"]\nln_gamma = [0.0, -0.2, -0.42]',
    ),
}


def load(folder, extra, table=""):
    (folder / "table.csv").write_text(table, encoding="utf-8")
    (folder / "film.toml").write_text(FILM.format(extra=extra), encoding="utf-8")
    return npsolver.load(folder / "film.toml")


@pytest.mark.parametrize("name", SAME)
def test_file_is_the_table(name, tmp_path):
    table, by_file, stated = SAME[name]
    case, same = load(tmp_path, by_file, table), load(tmp_path, stated)
    assert case.sha256 == same.sha256
    (tmp_path / "table.csv").unlink()  # the case has it now
    assert from_document(case.effective).sha256 == case.sha256
    changed = case.with_values({"boundary.right.concentration.Na+": 20.0, "boundary.right.concentration.Cl-": 20.0})
    assert np.array_equal(npsolver.run(case).flux, npsolver.run(same).flux)
    assert (
        npsolver.run(changed).observables["flux[Na+, left]"].value
        < npsolver.run(case).observables["flux[Na+, left]"].value
    )


REFUSED = {
    "absent": ('[onsager]\nfile = "tabel.csv"', MATRICES, "onsager: file: 'tabel.csv' cannot be read: No such file"),
    "empty": (
        '[onsager]\nfile = "table.csv"',
        "",
        r"table.csv: expected a header and 1 to 2000 rows of numbers, got 0",
    ),
    "text": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace("1.25e-5", "much"),
        r"line 5: expected a number for Na\+:Na\+, got 'much'",
    ),
    "short row": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace(", 1.9e-5", ""),
        "line 5: expected 4 values, got 3",
    ),
    "not a number": ('[onsager]\nfile = "table.csv"', MATRICES.replace("1.25e-5", "nan"), "expected a number for Na"),
    "no composition": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace("composition", "conc"),
        "expected a column composition",
    ),
    "no pair": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace("Na+:Na+", "D+"),
        r"expected .* pair of species such as Na\+:Cl-",
    ),
    "pair missing": (
        '[onsager]\nfile = "table.csv"\nspecies = ["Na+", "Cl-", "K+"]',
        MATRICES,
        r"onsager: file: table.csv has no column 'Na\+:K\+'",
    ),
    "both": (
        POINTS.replace("[onsager]", '[onsager]\nfile = "table.csv"'),
        MATRICES,
        "point: is given by table.csv already",
    ),
    "out of order": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace("100,", "0.5,"),
        "must increase: 0.5 mol/m.3 follows 1",
    ),
    "asymmetric": (
        '[onsager]\nfile = "table.csv"',
        "composition,Na+:Na+,Na+:Cl-,Cl-:Na+,Cl-:Cl-\n1,1e-9,1e-10,1e-10,2e-9\n200,1e-9,1e-10,2e-10,2e-9\n",
        r"matrix at 200 mol/m\^3 is not symmetric: L\(Na\+, Cl-\) = 1e-10 but L\(Cl-, Na\+\) = 2e-10",
    ),
    "unit": (
        '[onsager]\nfile = "table.csv"',
        MATRICES.replace("[mM]", "[mV]"),
        "expected a concentration such as '140 mM', got '1 mV'",
    ),
    "salt column": (
        ION + 'file = "table.csv"',
        SALT.replace("transference", "transferance"),
        "did you mean 'transference'",
    ),
    "column twice": (
        ION + 'file = "table.csv"\ntransference = [0.4]',
        SALT,
        "transference: is a column of table.csv already",
    ),
    "no name": (
        "[onsager]\nfile = 1",
        MATRICES,
        "onsager: file: expected the name of a CSV file next to the case, got 1",
    ),
    "of another law": (
        '[[activity]]\nmodel = "davies"\nfile = "table.csv"',
        "concentration,ln_gamma\n0,0\n1,0\n",
        "means nothing for model 'davies'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name, tmp_path):
    extra, table, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, extra, table)
    assert caught.value.exit_code == 2
