"""Google sheets keep the promises of every workbook."""

import pytest

from tests.adapters.google_sheets.conftest import GoogleDesk
from tests.adapters.workbook_contract import Desk, WorkbookContract


class TestGoogleWorkbook(WorkbookContract):
    @pytest.fixture
    def desk(self, google_desk: GoogleDesk) -> Desk:
        return google_desk
