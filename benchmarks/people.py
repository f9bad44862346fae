"""Searches for what people could do to a workbook that breaks a law, for as long as one likes, and shrinks what it finds.

python -m benchmarks.people --examples 2000
python -m benchmarks.people --examples 200 --excel
python -m benchmarks.people --examples 200 --google
"""

import argparse

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.adapters.google_sheets.test_people_at_work import AtWorkInGoogle
from tests.engine.test_people_at_work import AtWork, AtWorkInExcel


def main() -> None:
    """Ends quietly when nothing was found, else with the shortest way to it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=500)
    parser.add_argument("--steps", type=int, default=30, help="doings in each example at most")
    parser.add_argument("--excel", action="store_true", help="on a real file, edited through openpyxl")
    parser.add_argument("--google", action="store_true", help="on the Sheets server of the tests, through the product's own client")
    asked = parser.parse_args()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        AtWorkInGoogle if asked.google else AtWorkInExcel if asked.excel else AtWork,
        settings=settings(
            max_examples=asked.examples,
            stateful_step_count=asked.steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{asked.examples} examples of up to {asked.steps} doings each: every law held.")


if __name__ == "__main__":
    main()
