from __future__ import annotations

import shutil
from importlib.metadata import version

import pytest

from services.common.build import PACKAGE, build, digest


@pytest.fixture
def package(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "one.py").write_text("ONE = 1\n")
    (tmp_path / "look.lua").write_text("return 1\n")
    return tmp_path


def test_it_is_the_version_that_is_installed_and_the_code_that_is_there():
    assert build() == (version("headrace"), digest(PACKAGE))
    assert str(build()) == f"{build().version} (build {build().digest})"


def test_a_copy_has_the_same_digest(package, tmp_path):
    copy = tmp_path.with_name("copy")
    shutil.copytree(package, copy)
    assert digest(copy) == digest(package)


def test_what_python_compiled_does_not_count(package):
    before = digest(package)
    (package / "room" / "__pycache__").mkdir()
    (package / "room" / "__pycache__" / "one.cpython-311.pyc").write_bytes(b"compiled")
    assert digest(package) == before


@pytest.mark.parametrize("file", ["room/one.py", "look.lua"])
def test_a_change_of_any_file_is_another_build(package, file):
    before = digest(package)
    (package / file).write_text("changed\n")
    assert digest(package) != before


def test_a_file_under_another_name_is_another_build(package):
    before = digest(package)
    (package / "look.lua").rename(package / "find.lua")
    assert digest(package) != before


def test_a_name_does_not_run_into_what_stands_in_the_file(tmp_path):
    for folder, name, text in (("one", "ab", "c"), ("two", "a", "bc")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    assert digest(tmp_path / "one") != digest(tmp_path / "two")
