"""Settings of ingest."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.common.settings import CommonSettings, Section
from services.common.topics import MIB, PAGE_BYTES


class IngestSection(Section):
    page_bytes: int = Field(PAGE_BYTES, ge=1, le=PAGE_BYTES, description="most bytes of one page")
    papers_per_page: int = Field(10_000, ge=1, description="most papers of one page")
    bad_items_per_page: int = Field(
        100,
        ge=0,
        le=10_000,
        description="most unreadable items of a page of which the rest is taken",
    )
    field_characters: int = Field(
        50_000, ge=1_000, le=50_000, description="most characters of one title or abstract"
    )
    titles_alone: Literal["emit", "leave_out"] = Field(
        "emit", description="what becomes of papers that are listed without an abstract"
    )
    json_depth: int = Field(
        64, ge=4, le=500, description="most JSON values within one another on a page"
    )
    partial_pages: Literal["flag", "hold"] = Field(
        "flag", description="what becomes of pages whose papers are not as many as they declare"
    )
    out_of_step_pages: Literal["flag", "hold"] = Field(
        "flag", description="what becomes of pages whose titles stand with others' abstracts"
    )
    papers_per_source_hour: int = Field(
        0, ge=0, description="most papers of a source within an hour, in each worker; 0: any number"
    )
    parsers: int = Field(
        0, ge=0, description="pages read side by side, each in a process; 0 is one for each CPU"
    )
    parse_seconds: int = Field(
        20, ge=1, description="most CPU time of reading one page; by the clock, ten times as much"
    )
    parser_memory_bytes: int = Field(
        1024 * MIB, ge=64 * MIB, description="most memory that reading a page may take"
    )


class IngestSettings(CommonSettings):
    ingest: IngestSection = IngestSection()


def ingest_group(settings: IngestSettings) -> str:
    """Give the consumer group."""
    return f"{settings.kafka.group_prefix}.ingest"
