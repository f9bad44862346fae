"""KPIs of 50,000 runs: seconds, and whether an independent count in plain Python gives the same numbers.

python -m benchmarks.kpis [--runs 50000] [--hours business]
"""

import argparse
import math
import time
from dataclasses import replace

from runner.rules.kpi.calculate import calculate
from runner.rules.kpi.response_hours import response_hours
from tests.rules.kpi.by_hand import count
from tests.rules.kpi.week_of_work import drawn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument(
        "--hours", default="clock", help="what Settings “Lead response hours” says: clock, business, Mon-Sat 08:00-20:00"
    )
    told = parser.parse_args()
    facts = replace(drawn(told.runs, seed=47), hours=response_hours({"lead_response_hours": told.hours}))
    calculate(drawn(10))  # pandas is imported
    begun = time.process_time()
    ours = calculate(facts).values
    seconds = time.process_time() - begun
    theirs = count(facts)
    wrong = [
        (key, week, number, ours[key].get(week))
        for key, weeks in theirs.items()
        for week, number in weeks.items()
        if not math.isclose(ours[key].get(week, math.nan), number, rel_tol=1e-9, abs_tol=1e-9)
    ]
    numbers = sum(map(len, theirs.values()))
    assert not wrong, wrong[:5]
    assert {key: set(weeks) for key, weeks in ours.items()} == {key: set(weeks) for key, weeks in theirs.items()}
    print(
        f"{len(facts.runs):,} runs, {len(facts.asks):,} answers: {seconds:.2f} s of CPU; {numbers} numbers, all as counted by hand"
    )


if __name__ == "__main__":
    main()
