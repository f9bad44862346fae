"""config.toml: the trusted side, read into frozen tables.

Invariant: whoever can edit the sheet cannot reach past what these tables allow; what is not written is off or harmless.
"""

from runner.config.load import load
from runner.config.tables import Workbook
from runner.config.whole import Config

__all__ = ["Config", "Workbook", "load"]
