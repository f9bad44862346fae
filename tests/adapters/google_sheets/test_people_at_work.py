"""People at work in a Google sheet: nothing is done twice or unasked, and every status finds its row."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from adapters.workbooks.memory import MemoryWorkbook
from tests.adapters.google_sheets.on_google import WorkbookOnGoogle
from tests.conftest import FixedClock
from tests.engine.test_people_at_work import AtWork
from tests.servers.sheets import SheetsServer


class AtWorkInGoogle(AtWork):
    """The same people and the same promises, through the product's own client."""

    def workbook(self, _folder: Path, clock: FixedClock) -> MemoryWorkbook:
        self.google = SheetsServer()
        return WorkbookOnGoogle(self.google, clock)

    def teardown(self) -> None:
        try:
            super().teardown()
            assert self.google.violations == []
        finally:
            self.google.stop()


TestPeopleInGoogle = AtWorkInGoogle.TestCase
TestPeopleInGoogle.settings = settings(
    max_examples=8,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestPeopleInGoogle.pytestmark = [pytest.mark.timeout(280)]  # type: ignore[attr-defined]
