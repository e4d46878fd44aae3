"""Imports point strictly downwards, also those in functions; kernels and files are touched only where they may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import npsolver

ROOT = Path(npsolver.__file__).parent
LAYERS = {
    "": 6,  # npsolver/__init__.py
    "__main__": 6,
    "cli": 6,
    "reference_engine": 6,  # a second engine to compare with, and its commands
    "runner": 5,
    "batch": 5,
    "case": 4,
    "output": 4,
    "validation": 4,
    "laws": 4,
    "stepping": 3,
    "observables": 3,
    "discretisation": 2,
    "nonlinear": 2,
    "model": 1,
    "mesh": 1,
    "linear": 1,
    "equilibrium": 1,
    "units": 0,
    "errors": 0,
    "exports": 0,
    "_ext": 0,
}
KERNEL_USERS = {"discretisation", "linear"}
# others may look at paths that they hand on, and read data that comes with the package
FILE_USERS = {"case", "output"}
# attribute calls that write to the file system
FILE_CALLS = {
    *("write_text", "write_bytes", "mkdir", "rmdir", "unlink", "touch", "rename", "symlink_to", "hardlink_to"),
    *("makedirs", "removedirs", "rmtree", "copyfile", "copytree", "savefig", "savetxt", "tofile", "memmap"),
    *("NamedTemporaryFile", "TemporaryDirectory", "mkstemp", "mkdtemp", "fdopen", "fsync"),
}
FILE_MODULES = {"tempfile", "shutil", "h5py", "sqlite3", "zipfile", "tarfile", "gzip"}


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        yield ".".join(parts[:-1] if is_package else parts), is_package, path


def imported(tree: ast.AST, name: str, is_package: bool):
    """(line, dotted name relative to npsolver or None, full name) of every import, relative ones resolved."""
    package = ["npsolver", *filter(None, name.split("."))]
    if not is_package:
        package = package[:-1]
    for node in ast.walk(tree):
        found = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = [*base, *filter(None, (node.module or "").split("."))]
            found = [".".join([*stem, alias.name]) for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                found = [node.args[0].value]
        for full in found:
            yield node.lineno, full


def own(full: str) -> str | None:
    """Top-level package inside npsolver that `full` names; "" for npsolver itself, None for others."""
    parts = full.split(".")
    if parts[0] != "npsolver":
        return None
    return parts[1] if len(parts) > 1 and parts[1] in LAYERS else ""


def violations(source: str, name: str, is_package: bool) -> list[str]:
    tree, top = ast.parse(source), name.split(".")[0]
    problems = []
    for line, full in imported(tree, name, is_package):
        target = own(full)
        if target is None:
            module = full.split(".")[0]
            if module in FILE_MODULES and top not in FILE_USERS:
                problems.append(f"line {line}: imports {module}; only case and output touch the file system")
            continue
        if target == top or full == "npsolver.__version__":
            continue
        if target == "" and LAYERS[top] < 6:
            problems.append(f"line {line}: imports {full} from the top of the package")
        elif LAYERS[target] >= LAYERS[top] and LAYERS[top] != 6:
            problems.append(f"line {line}: layer {LAYERS[top]} ({top}) imports layer {LAYERS[target]} ({target})")
        if target == "_ext" and top not in KERNEL_USERS:
            problems.append(f"line {line}: {top} imports a kernel; only discretisation and linear do")
    if top not in FILE_USERS:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id == "open":
                    problems.append(f"line {node.lineno}: open(); only case and output touch the file system")
                elif isinstance(node.func, ast.Attribute) and node.func.attr in FILE_CALLS:
                    if node.func.attr == "write_text" and len(node.args) == 2:
                        continue  # (name, text): a transaction of npsolver.output, not a pathlib.Path
                    problems.append(f"line {node.lineno}: .{node.func.attr}(); only case and output touch files")
    return problems


@pytest.mark.parametrize(("name", "is_package", "path"), [pytest.param(*m, id=m[0] or "npsolver") for m in modules()])
def test_imports_point_downwards(name, is_package, path):
    assert name.split(".")[0] in LAYERS, f"{name} has no layer"
    found = violations(path.read_text(encoding="utf-8"), name, is_package)
    assert not found, f"{path}:\n" + "\n".join(found)


def test_nonlinear_and_linear_name_no_physics():
    words = {"species", "ion", "ions", "concentration", "charge", "potentials", "phi", "debye"}
    for name, _, path in modules():
        if name.split(".")[0] in ("nonlinear", "linear"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
            names |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
            names |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
            assert not names & words, f"{name} names {names & words}"


def test_kernels_import_nothing_from_the_package():
    folder = ROOT.parent / "ext"
    if not folder.is_dir():
        pytest.skip("the installed package has no kernel sources")
    sources = [*folder.glob("*.pyx"), *folder.glob("*.pxd")]
    assert sources
    for path in sources:
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"], ["cimport"]):
                assert not words[1].startswith("npsolver"), f"{path.name}: {line}"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("mesh.x", "from npsolver.case import Case"),
        ("mesh.x", "def f():\n    from npsolver.stepping import time"),
        ("mesh.x", "import npsolver.discretisation"),
        ("mesh.x", "from npsolver import model"),
        ("mesh.x", "from npsolver import run"),
        ("mesh.x", "import npsolver"),
        ("mesh.x", "from ..model import Model"),
        ("stepping.x", "from .. import case"),
        ("stepping.x", "from npsolver._ext import update"),
        ("stepping.x", "from npsolver.observables import frame"),
        ("output.x", "from npsolver.case import Case"),
        ("mesh.x", "import importlib\nimportlib.import_module('npsolver.runner')"),
        ("runner.x", "open('a')"),
        ("runner.x", "def f(p):\n    p.write_text('a')"),
        ("observables.x", "import h5py"),
        ("runner.x", "from npsolver.batch import run_all"),
    ],
)
def test_the_check_sees(name, source):
    assert len(violations(source, name, False)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("mesh.x", "from npsolver.errors import InputError"),
        ("mesh.x", "from .geometry import Geometry"),
        ("linear.x", "from npsolver._ext import update"),
        ("case.x", "open('a')"),
        ("runner.x", "from npsolver.case import Case"),
        ("cli.x", "import npsolver"),
    ],
)
def test_the_check_allows(name, source):
    assert violations(source, name, False) == []
