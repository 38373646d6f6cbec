"""Runs dedupe: ``python -m services.dedupe``."""

from services.common.entry import run
from services.dedupe.app import main

run(main)
