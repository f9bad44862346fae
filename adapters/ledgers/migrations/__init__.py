"""Bringing a ledger of an earlier version up to date, in numbered steps that each record themselves.

Invariant: an upgrade is one transaction: a ledger is of its old version or of the newest, never in between.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(engine: sa.Engine) -> None:
    """Apply every step that the ledger does not have yet."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
