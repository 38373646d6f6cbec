"""Programs and documents that quote listings, in the ways in which repositories hold them."""

from __future__ import annotations

import json
from random import Random
from textwrap import indent

from tests.unit.ingest import quoted_markup as markup
from tests.unit.ingest.invented_prose import headline, paragraph, sentence, word


def python_test(random: Random) -> str:
    quoted = markup.any_markup(random)
    head = f'"""Tests of {word(random)}."""\n\nimport pytest\n\n'
    return (
        f'{head}PAGE = r"""\n{quoted}\n"""\n\n\ndef test_{word(random)}() -> None:\n'
        f'    """{sentence(random)}"""\n    assert parse(PAGE)[0].title\n'
    )


def docstring_first(random: Random) -> str:
    quoted = indent(markup.any_markup(random), "    ")
    return f'def {word(random)}(page):\n    """Parse this:\n\n{quoted}\n    """\n    return None\n'


def javascript_test(random: Random) -> str:
    return (
        f"import {{ parse }} from '../{word(random)}.js';\n\nconst page = `\n"
        f"{markup.any_markup(random)}\n`;\n\ntest('{sentence(random)}', () => {{\n"
        "  expect(parse(page).length).toBe(1);\n});\n"
    )


def go_test(random: Random) -> str:
    literal = "\n".join(json.dumps(line) + " +" for line in markup.any_markup(random).split("\n"))
    return f'package {word(random)}\n\nconst page = {literal}\n\t""\n\nfunc TestParse() {{}}\n'


def patch(random: Random) -> str:
    lines = "\n".join(f"+{line}" for line in markup.any_markup(random).split("\n"))
    return f"diff --git a/page b/page\n--- a/page\n+++ b/page\n@@ -0,0 +1,9 @@\n{lines}\n"


def readme(random: Random) -> str:
    quoted = random.choice([markup.bibtex, markup.any_markup])(random)
    return (
        f"# {headline(random)}\n\n{paragraph(random)}\n\n## Citation\n\n```\n{quoted}\n```\n\n"
        f"## Licence\n\n{paragraph(random)}\n"
    )


def notebook(random: Random) -> str:
    cell = {"cell_type": "code", "source": [markup.any_markup(random)], "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {"title": headline(random)}, "nbformat": 4})


def cassette(random: Random) -> str:
    body = random.choice([markup.openalex, markup.openreview])(random)
    exchange = {"request": {"method": "GET"}, "response": {"status": 200, "body": json.loads(body)}}
    return json.dumps([exchange] if random.random() < 0.5 else {"interactions": [exchange]})


def configuration(random: Random) -> str:
    tests = "\n".join(
        f"  {word(random)}: |\n{indent(markup.any_markup(random), '    ')}" for _ in "ab"
    )
    return f"name: {word(random)}\ntitle: {headline(random)}\nfixtures:\n{tests}\n"
