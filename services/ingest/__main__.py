"""Runs ingest: ``python -m services.ingest``."""

from services.common.entry import run
from services.ingest.app import main

run(main)
