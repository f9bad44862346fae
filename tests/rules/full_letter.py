"""A report in which everything stands that one can hold, as a studio of three would get it."""

from runner.rules.weekly.letter import Failure, Letter, Line, Need, Tile

FALLING = (1, 0.9, 0.7, 0.55, 0.4, 0.35, 0.25, 0.19)
RISING = (0.1, 0.2, None, 0.5, 0.6, 0.7, 0.8, 1)
WORSE = (1, 0.8, 0.5, 0.4, 0.3, 0.2, 0.17, 0.37)
SLOWLY = (1, 1, 0.95, 0.9, 0.85, 0.8, 0.74, 0.7)


def full_letter() -> Letter:
    """One week of Fern & Field."""
    return Letter(
        workbook="fern-and-field.xlsx",
        week="2026-W46",
        dates="9–15 November 2026",
        unfinished=False,
        verdict="A mixed week: 3 of 4 numbers are on target, but you got 7.5 hours back.",
        but="“Invoice reminders” failed 6 times at “Ask the bank”: The bank feed did not answer within 30 seconds.",
        needs=(
            Need(
                title="Approve or reject: Collect · Last notice – Send mail to accounts@brightwater.example",
                why="Waiting since Thu 12 Nov, 14:05 · expires Thu 19 Nov, 14:05 · asked of Maya",
                type="Type APPROVE or REJECT in Approvals!J7 (row A-0012, column Decision)",
            ),
            Need(
                title="Say whether it happened: Welcome · Mail – The connection ended after the message was handed over",
                why="Waiting since Fri 13 Nov, 08:10 · asked of Maya",
                type="Type DONE or RETRY in 'Dead letters'!L4 (row R-0107, column Decision)",
            ),
        ),
        more_needs=0,
        tiles=(
            _tile("Lead response", "18 min", "▼ 6 min better", FALLING, "95 min", "45 min"),
            _tile("Hours returned", "7.5 h", "▲ 1.5 h better", RISING, "1 h", "7 h"),
            _tile("Failure rate, critical path", "3.4%", "▲ 1.8 points worse", WORSE, "9%", "3%", way=93),
            _tile("Days to get paid", "19 days", "▼ 1 day better", SLOWLY, "27 days", "21 days"),
        ),
        lines=(
            Line(contract="Invoice reminders", runs=41, failed=6, rate="14.6%", waiting=1, saved="1.2 h", critical=True),
            Line(contract="New lead reply", runs=23, failed=0, rate="0.0%", waiting=0, saved="2.3 h", critical=True),
            Line(contract="Client onboarding", runs=5, failed=0, rate="0.0%", waiting=0, saved="2.5 h", critical=False),
            Line(contract="Monday status note", runs=108, failed=0, rate="0.0%", waiting=0, saved="1.5 h", critical=False),
        ),
        more_lines=0,
        failures=(
            Failure(
                contract="Invoice reminders",
                step="Ask the bank",
                count=6,
                cause="The bank feed did not answer within 30 seconds.",
                fate="5 ended well after somebody settled them; 1 waits in Dead letters with its checklist.",
            ),
        ),
        more_failures=0,
        silent=("“Welcome”: No run has started since 2026-11-10 09:00; 1 per business day is normal.",),
        suggestions=("“Invoice reminders” failed in 14.6% of its runs: give “Ask the bank” a longer Retry.",),
        ai="AI wrote 214 texts for $1.38. Limit: 5 USD per day.",
        head="line 5120, f34188dbb74e5da90931e59ca96d4472c0e4a3b2e81ced942fcb91f04f068083",
        footer="Weeks run from Monday to Sunday, times are Europe/Lisbon. Was: the Baseline typed in the tab KPIs, else the first "
        "full week. Counted from 2,214 runs in the ledger of fern-and-field.xlsx on 16 November 2026 at 08:00.",
        missing="",
        late="",
        attached="Attached: the 1,284 lines that the audit trail has of this week.",
    )


def _tile(name: str, value: str, change: str, bars: tuple[float | None, ...], was: str, target: str, way: int = 100) -> Tile:
    met = way == 100
    return Tile(
        name=name,
        value=value,
        change=f"{change} than last week",
        better=met,
        bars=bars,
        spark="▇▆▅▄▃▂▂▁",
        was=f"was {was}",
        target=f"target {target}",
        status="On target" if met else "Off target",
        met=met,
        way=way,
        note="",
    )
