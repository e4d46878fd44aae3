"""Files that are no case at all, and how several problems are reported."""

from __future__ import annotations

import pytest
from case_texts import BUFFER, CELL, GOOD

from npsolver.case import load, loads
from npsolver.errors import InputError


def test_base_cases_are_good():
    for text in (GOOD, CELL, BUFFER):
        loads(text)


FILES = {
    "empty": (b"", "is empty"),
    "blank": (b"\n  \n", "is empty"),
    "binary": (bytes(range(256)) * 4, "not a text file"),
    "latin-1": ('[case]\ntitle = "Säure"\n'.encode("latin-1"), "line 2: is not UTF-8"),
    "utf-16": ('[case]\ntitle = "x"\n'.encode("utf-16"), "not a text file"),
    "10 MB of garbage": (b"\x7fgarbage " * 1_250_000, "larger than 1 MB"),
    "10 MB of zeros": (b"\0" * 10_000_000, "larger than 1 MB"),
    "10 MB of comments": (b"# nothing here\n" * 700_000, "larger than 1 MB"),
    "deep brackets": (b"x = " + b"[" * 500_000, "nested more than"),
    "deep tables": (b"[" + b"a." * 200_000 + b"a]\n", "nested more than"),
    "many digits": (b"x = " + b"1" * 900_000, "not valid TOML"),
    "a million keys": (b"".join(b"k%d = 1\n" % number for number in range(60_000)), "unknown key"),
    "random letters": (b"qwertz uiop\n" * 1000, "line 1"),
}


@pytest.mark.parametrize("name", FILES)
def test_refused_file(name, tmp_path):
    data, fragment = FILES[name]
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert fragment in str(caught.value)
    assert len(str(caught.value)) < 4000


def test_missing_file_names_a_similar_one(tmp_path):
    (tmp_path / "membrane.toml").write_text(GOOD)
    with pytest.raises(InputError, match=r"membrae\.toml: no such file; did you mean 'membrane\.toml'\?"):
        load(tmp_path / "membrae.toml")
    with pytest.raises(InputError, match="there is no folder"):
        load(tmp_path / "nowhere" / "case.toml")


def test_folder(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


def test_file_name_with_a_null_character():
    with pytest.raises(InputError, match="cannot be read"):
        load("a\0b.toml")


def test_all_problems_are_reported_at_once():
    text = GOOD.replace('"50 nm"', '"50 mV"').replace("310.15 K", "310.15 nm").replace('"5 nm"', "0")
    with pytest.raises(InputError) as caught:
        loads(text, "several.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert all(line.startswith("several.toml: ") for line in lines)


def test_problems_beyond_the_eighth_are_counted():
    text = GOOD + "".join(f'[[observable]]\nname = "o{number}"\nkind = "field"\n' for number in range(20))
    with pytest.raises(InputError) as caught:
        loads(text, "many.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "many.toml: and 12 more problems"


def test_single_problem_has_file_and_key():
    with pytest.raises(InputError) as caught:
        loads(GOOD.replace('"5 nm"', '"5 mV"'), "one.toml")
    assert caught.value.file == "one.toml"
    assert caught.value.key == "geometry: region 'membrane': length"


def test_single_and_double_brackets():
    with pytest.raises(InputError, match=r"line 3, .*stands above in single brackets; .* every one is a \[\[species\]\]"):
        loads('[species]\nname = "K+"\n[[species]]\nname = "Cl-"\n')
