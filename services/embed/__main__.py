"""Runs embed: ``python -m services.embed``."""

from services.common.entry import run
from services.embed.app import main

run(main)
