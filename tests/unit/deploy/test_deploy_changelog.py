from __future__ import annotations

import re
import tomllib

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_newest_entry_is_of_the_version_that_is_built(root):
    text = (root / "CHANGELOG.md").read_text()
    newest = re.findall(r"^## (.*)$", text, re.MULTILINE)[0]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert project["version"] in newest


def test_changes_are_of_the_kinds_that_the_form_has(root):
    text = (root / "CHANGELOG.md").read_text()
    assert set(re.findall(r"^### (.*)$", text, re.MULTILINE)) <= KINDS
