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
