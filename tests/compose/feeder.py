"""Pages that are fed while containers fail, and what they list."""

from __future__ import annotations

import asyncio
import itertools

from tests.faults.press import FedPage
from tests.faults.rendering import in_lines
from tests.faults.sender import Sender, ToSend
from tests.invented import paper

PAPERS_A_PAGE = 3
PAGE_SECONDS = 1.0


class Feeder:
    """Feeds a page a second until it is enough: two new papers, and one of the page before."""

    def __init__(self, sender: Sender) -> None:
        self.fed: list[FedPage] = []
        self.enough = False
        self._sender = sender
        self._pages = itertools.count()

    @property
    def papers(self) -> int:
        return len(self.fed) * PAPERS_A_PAGE

    async def run(self) -> None:
        """Feed; a page whose acknowledgement is lost is sent again."""
        while not self.enough:
            first = next(self._pages) * (PAPERS_A_PAGE - 1)
            listed = [paper(first + each) for each in range(PAPERS_A_PAGE)]
            page = FedPage(in_lines(listed).encode(), tuple(one.wording_id for one in listed))
            self.fed.append(page)
            await self._sender.send([ToSend(page.value, key=page.page_id.encode())])
            await asyncio.sleep(PAGE_SECONDS)
        await self._sender.close()
