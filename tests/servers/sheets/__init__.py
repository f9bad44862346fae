"""Google Sheets for tests: spoken to over HTTP by the same libraries that speak to Google."""

from tests.servers.sheets.client import client_for
from tests.servers.sheets.person import PersonSheet, PersonTab
from tests.servers.sheets.server import Call, SheetsServer

__all__ = ["Call", "PersonSheet", "PersonTab", "SheetsServer", "client_for"]
