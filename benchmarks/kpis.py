"""KPIs of 50,000 runs: seconds, and whether an independent count in plain Python gives the same numbers.

python -m benchmarks.kpis [--runs 50000]
"""

import argparse
import math
import time

from runner.rules.kpi.calculate import calculate
from tests.rules.kpi.by_hand import count
from tests.rules.kpi.week_of_work import drawn


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=50_000)
    facts = drawn(parser.parse_args().runs, seed=47)
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
