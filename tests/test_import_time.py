"""What is imported, not how long it takes: heavy packages are loaded when they are needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "pint", "h5py", "matplotlib", "rich", "fipy", "click")


def loaded_after(code: str) -> set[str]:
    """Top-level packages in sys.modules of a fresh interpreter after `code`."""
    script = f"import sys\n{code}\nprint('\\n'.join(sorted({{m.split('.')[0] for m in sys.modules}})), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(result.stderr.split())


def test_importing_the_package_loads_nothing_heavy():
    loaded = loaded_after("import npsolver")
    assert "npsolver" in loaded
    assert not loaded & set(HEAVY)


def test_names_of_the_package_are_lazy_and_complete():
    code = "import npsolver; assert not [m for m in sys.modules if m.startswith('npsolver.')]; dir(npsolver)"
    assert not loaded_after(code) & set(HEAVY)


def test_closed_forms_load_without_the_engine():
    code = (
        "import npsolver.equilibrium; bad = [m for m in sys.modules if m.startswith("
        "('npsolver.discretisation', 'npsolver.case', 'npsolver.stepping'))]; assert not bad, bad"
    )
    assert not loaded_after(code) & {"pint", "h5py", "matplotlib", "rich"}


def test_the_engine_needs_numpy_only():
    """Solving loads neither units, schema, plots nor result files."""
    loaded = loaded_after("import npsolver.discretisation, npsolver.stepping.steady, npsolver.stepping.transient")
    assert not loaded & {"scipy", "pint", "h5py", "matplotlib", "rich", "click"}


@pytest.mark.skipif(importlib.util.find_spec("npsolver.cli") is None, reason="no command line in this build")
@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_no_engine(arguments):
    code = (
        f"sys.argv = ['npsolver', *{arguments!r}]\nfrom npsolver.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n"
    )
    assert not loaded_after(code) & (set(HEAVY) - {"click"})


SMALL = """
import npsolver
case = npsolver.loads('''
[[species]]
name = "K+"
[[species]]
name = "Cl-"
[[geometry.region]]
name = "gap"
length = "20 nm"
[boundary.left]
kind = "bath"
concentration = { "K+" = "100 mM", "Cl-" = "100 mM" }
potential = "10 mV"
[boundary.right]
kind = "bath"
concentration = { "K+" = "10 mM", "Cl-" = "10 mM" }
potential = "0 V"
''')
npsolver.run(case)
"""


def test_a_small_solve_imports_what_it_needs():
    names = ("scipy", "pint", "h5py", "matplotlib", "rich", "click", "email", "tempfile", "zipfile", "multiprocessing")
    assert not loaded_after(SMALL) & set(names)
    assert not loaded_after(SMALL) & {"fractions", "json", "hashlib", "difflib"}
    unused = [
        *("case.kinds", "case.overrides", "case.reference", "case.resolve_defects", "case.resolve_domain"),
        *("case.effective", "case.resolve_events", "case.resolve_production", "case.resolve_surface_reaction"),
        *("discretisation.coarser", "discretisation.flow", "discretisation.nonideal", "discretisation.phases"),
        "discretisation.reactions",
        *("discretisation.resolution_domain", "discretisation.surface_kinetics", "discretisation.weighting"),
        *("mesh.delaunay", "mesh.domain", "mesh.extrude", "mesh.layered", "mesh.polygons", "mesh.prisms"),
        *("mesh.nesting", "mesh.rectilinear", "mesh.simplex", "mesh.split"),
        *("model.composition", "model.coupling", "model.defects", "model.excess", "model.fermi_dirac", "model.flow"),
        *("model.reaction", "model.surface_rates", "model.surface_reaction"),
        *("observables.mixed_conduction", "observables.probes"),
        *("output", "runner.domain_mesh", "runner.many", "runner.verify", "stepping.transient", "validation"),
    ]
    code = f"{SMALL}\nbad = [m for m in {unused!r} if 'npsolver.' + m in sys.modules]; assert not bad, bad"
    assert "npsolver" in loaded_after(code)
