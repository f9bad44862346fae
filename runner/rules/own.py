"""Rowpact's own runs: the runner's work that is carried like any run, of a contract that stands in no tab.

Invariant: pure. They count in no KPI, trip no breaker and stop for no Pause; no contract of the owner's can have their name.
"""

from datetime import timedelta

from runner.model import Contract, Step

SUFFIX = " (Rowpact)"
WEEKLY_REPORT = f"Weekly report{SUFFIX}"
#: Its only step.
SEND = Step(
    name="Send",
    action="report.send",
    settings={name: f"{{{{ {name} }}}}" for name in ("to", "subject", "week", "letter")},
    timeout=timedelta(seconds=60),
)


def is_own(contract: str) -> bool:
    """Whether a contract's name is one of Rowpact's own."""
    return contract.casefold().endswith(SUFFIX.casefold())


def weekly_report(owner: str) -> Contract:
    """What carries one report: one mail, sent once. A report that cannot be sent is a failure of severity P1."""
    return Contract(
        name=WEEKLY_REPORT, enabled=True, trigger="Schedule", owner=owner, rollback_owner=owner, severity="P1", steps=(SEND,)
    )
