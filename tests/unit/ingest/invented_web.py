"""Pages of HTML and feeds that list no papers, some of which quote pages that do."""

from __future__ import annotations

import html
import json
from random import Random

from tests.unit.ingest import quoted_markup as markup
from tests.unit.ingest.invented_prose import (
    headline,
    markup_abstract,
    markup_title,
    name,
    paragraph,
    slug,
)


def _page(random: Random, body: str, head: str = "") -> str:
    start = random.choice(["<!DOCTYPE html>\n", "<!doctype html>", ""])
    title = f"<title>{headline(random)}</title>"
    return f"{start}<html><head>{title}{head}</head><body>{body}</body></html>"


def article(random: Random) -> str:
    text = "".join(f"<p>{paragraph(random)}</p>" for _ in range(random.randint(2, 9)))
    link = f"<a href=https://arxiv.org/abs/{markup.arxiv_number(random)}>a study</a>"
    return _page(random, f"<article><h1>{headline(random)}</h1>{text}<p>See {link}.</p></article>")


def news_with_linked_data(random: Random) -> str:
    cited = {"@type": "ScholarlyArticle", "name": headline(random), "author": name(random)}
    story = {"@type": "NewsArticle", "headline": headline(random), "citation": [cited]}
    graph = random.choice([story, [story, cited], {"@graph": [cited, story]}])
    script = f'<script type="application/ld+json">{json.dumps(graph)}</script>'
    return _page(random, f"<p>{paragraph(random)}</p>", script)


def escaped(random: Random) -> str:
    quoted = html.escape(markup.any_markup(random), quote=False)
    block = random.choice(["<pre><code>{}</code></pre>", "<p>{}</p>", "<textarea>{}</textarea>"])
    return _page(random, f"<h1>Scraping</h1><p>{paragraph(random)}</p>{block.format(quoted)}")


def scripted(random: Random) -> str:
    literal = json.dumps(markup.any_markup(random)).replace("</", "<\\/")
    place = random.choice(["<script>const page = {};</script>", "<!-- {} -->"])
    return _page(random, f"<p>{paragraph(random)}</p>{place.format(literal.replace('--', ''))}")


def framed(random: Random) -> str:
    quoted = html.escape(markup.any_markup(random))
    return _page(random, f'<iframe srcdoc="{quoted}"></iframe><p>{paragraph(random)}</p>')


def _post(random: Random) -> tuple[str, str, str]:
    study = f"https://arxiv.org/abs/{markup.arxiv_number(random)}"
    content = html.escape(f"<p>{paragraph(random)}</p><p><a href='{study}'>A study</a></p>")
    return headline(random), f"https://blog.example.org/p/{slug(random)}", content


def rss(random: Random) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{content}"
        "</description><pubDate>Fri, 28 Aug 2026 00:00:00 GMT</pubDate></item>"
        for title, link, content in (_post(random) for _ in range(random.randint(2, 20)))
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'


def newsletter(random: Random) -> str:
    items = "".join(
        f"<item><title><![CDATA[{title}]]></title><description><![CDATA[{paragraph(random)}]]>"
        f"</description><link>{link}</link><dc:creator><![CDATA[{name(random)}]]></dc:creator>"
        f"<content:encoded><![CDATA[<p>{paragraph(random, 9, 30)}</p>]]></content:encoded></item>"
        for title, link, _ in (_post(random) for _ in range(random.randint(2, 20)))
    )
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0"?><rss {spaces} version="2.0"><channel>{items}</channel></rss>'


def atom(random: Random) -> str:
    entries = "".join(
        f'<entry><title>{title}</title><link href="{link}"/><id>{link}</id><summary type="html">'
        f"{content}</summary></entry>"
        for title, link, content in (_post(random) for _ in range(random.randint(2, 20)))
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>{entries}</feed>'


def science_blog(random: Random) -> str:
    """Posts in the words of research; one in three links to a paper, which is not its subject."""
    items = "".join(
        f"<item><title>{markup_title(random)}</title><link>https://blog.example.org/"
        f"{slug(random)}</link><description>{markup_abstract(random)} {link}</description>"
        "</item>"
        for link in (f"https://arxiv.org/abs/{markup.arxiv_number(random)}", "", "") * 4
    )
    return f'<rss version="2.0"><channel><title>A blog</title>{items}</channel></rss>'
