"""HTML and XML written anew: the same elements and words, other tags."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

ANTIVIRUS = (
    "<style>.shield-bar{position:fixed;top:0}</style>"
    '<script>window.shield={list:"<dl id=\'articles\'>",id:"2101.00001",on:1<2};</script>'
)
BAR = '<div class="shield-bar" title="Protected"><span>Protected</span></div>'

# A declaration of XML is written in an order and a case of its own.
XML_TOKEN = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|<[^<>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"\s+([\w:.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_REFERENCE = re.compile(r"(&[^;\s]{1,40};)")
_BARE = re.compile(r"[A-Za-z0-9_.:#/-]*[A-Za-z0-9_.:#-]")
_RAW = frozenset({"script", "style"})


def turned(token: str) -> str:
    """Turn the attributes of a tag of XML round and give them the other quotes."""
    attributes = _ATTRIBUTE.findall(token)
    if token.startswith(("<!", "<?")) or not attributes:
        return token
    name, end = re.split(r"\s", token, maxsplit=1)[0], "/>" if token.endswith("/>") else ">"
    return name + "".join(f"\n {key} = {_other(value)}" for key, value in attributes[::-1]) + end


def referenced(text: str) -> str:
    """Write the vowels of a text as character references; references stay."""
    pieces = _REFERENCE.split(text)
    pieces[::2] = [
        re.sub(r"[aeiou]", lambda found: f"&#x{ord(found[0]):X};", piece) for piece in pieces[::2]
    ]
    return "".join(pieces)


def turned_html(text: str) -> str:
    return _written(text, _Turned())


def unquoted_html(text: str) -> str:
    return _written(text, _Unquoted())


def referenced_html(text: str) -> str:
    return _written(text, _Referenced())


def protected_html(text: str) -> str:
    return _written(text, _Protected())


def _other(value: str) -> str:
    inner = value[1:-1]
    return f"'{inner}'" if value[0] == '"' and "'" not in inner else value


def _written(text: str, writer: _Writer) -> str:
    writer.feed(text)
    writer.close()
    return "".join(writer.pieces)


class _Writer(HTMLParser):
    """Writes what it reads, token by token, as it stands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.raw = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.raw = tag in _RAW
        self.pieces.append(self.tag(tag, attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = self.tag(tag, attrs)
        self.pieces.append(written if written.endswith("/>") else written[:-1] + " />")

    def handle_endtag(self, tag: str) -> None:
        self.raw = False
        self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data if self.raw else self.text(data))

    def handle_entityref(self, name: str) -> None:
        self.pieces.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.pieces.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.pieces.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.pieces.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.pieces.append(f"<?{data}>")

    def tag(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        return self.get_starttag_text() or ""

    def text(self, data: str) -> str:
        return data


class _Turned(_Writer):
    """Writes attributes the other way round, in single quotes."""

    def tag(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        # Of an attribute that is given twice a browser takes the first.
        first = dict(reversed(attrs))
        return f"<{tag}{''.join(self.attribute(*each) for each in first.items())}>"

    def attribute(self, name: str, value: str | None) -> str:
        quoted = "" if value is None else html.escape(value, quote=False).replace("'", "&#39;")
        return f" {name}" if value is None else f"\n{name.upper()} = '{quoted}'"


class _Unquoted(_Turned):
    """Writes attributes the other way round, without quotes where these can be left out."""

    def attribute(self, name: str, value: str | None) -> str:
        if value is not None and _BARE.fullmatch(value):
            return f" {name}={value}"
        return f" {name}" if value is None else f' {name}="{html.escape(value)}"'


class _Referenced(_Writer):
    """Writes the vowels of text as character references."""

    def text(self, data: str) -> str:
        return referenced(data)


class _Protected(_Writer):
    """Writes the script and the style of an antivirus program after every division."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag in ("head", "body"):
            self.pieces.append(ANTIVIRUS + (BAR if tag == "body" else ""))

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        if tag == "div":
            self.pieces.append(ANTIVIRUS)
