"""All dashboards, in the order in which one looks at them."""

from __future__ import annotations

from tools.dashboards.dedupe import DEDUPE
from tools.dashboards.embed import EMBED
from tools.dashboards.incidents import INCIDENTS
from tools.dashboards.ingest import INGEST
from tools.dashboards.overview import OVERVIEW

DASHBOARDS = (OVERVIEW, INGEST, DEDUPE, EMBED, INCIDENTS)
