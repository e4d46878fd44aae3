"""Every case that is shipped converges from its file alone and proves itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import npsolver
from npsolver.validation import check, prepare

CASES = Path(__file__).parents[2] / "cases"
FILES = sorted(path for path in CASES.rglob("*.toml") if not path.name.endswith(".study.toml"))
# Keys that a case must not need: the mesh and the tolerances size themselves, `accuracy` is what a user asks for.
TUNING = [("mesh",), ("solve", "tolerance"), ("solve", "rtol")]

pytestmark = pytest.mark.skipif(not FILES, reason="the cases are not installed")


def name(path: Path) -> str:
    return path.relative_to(CASES).with_suffix("").as_posix()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_expectations_hold(path):
    case = npsolver.load(path)
    prepare(case)
    checks = check(case, npsolver.run(case))
    failed = [
        f"{c.name}: {c.value:.9g}, not {c.reference:.9g} ({c.error:.2g} > {c.tolerance:.2g})"
        for c in checks
        if not c.passed
    ]
    assert checks, "a shipped case must carry expectations"
    assert not failed, "\n".join(failed)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_teaches_and_is_not_tuned(path):
    try:
        import tomllib
    except ModuleNotFoundError:
        import tomli as tomllib
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    for key in ("title", "description", "source"):
        assert document["case"].get(key), f"[case] {key} is missing"
    assert path.read_text(encoding="utf-8").startswith("#"), "begin with a comment that says what the system is"
    for section, *key in TUNING:
        assert not (section in document and (not key or key[0] in document[section])), f"{section}: tuned"
    if document["case"].get("kind", "transport") != "transport":
        return  # the source of a law's numbers is that of the case
    for expect in document["expect"]:
        assert "reference" in expect or expect.get("source") or expect["value"] in (0, "0 V", "0 A/m^2", "0 C/m^2"), (
            f"where does the expected value of {expect['observable']} come from?"
        )


def test_list_of_cases_is_complete():
    text = (CASES / "README.md").read_text(encoding="utf-8")
    assert [name(path) for path in FILES if f"`{name(path)}.toml`" not in text] == []
