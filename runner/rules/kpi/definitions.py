"""Each KPI, defined once: where it comes from, its unit, its window, and what blanks and outliers mean.

Invariant: the text in `meaning` is what `calculate` does; the owner reads it in the tab KPIs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One row of the tab KPIs."""

    key: str
    name: str
    unit: str
    meaning: str
    #: Whether less is better; None where neither is.
    lower: bool | None = True
    #: What holds while the owner has typed no Target.
    target: float | None = None
    #: What stands for a week in which nothing was counted: 0, or None for “no number”.
    empty: float | None = None
    #: A typed value up to this is a fraction, as spreadsheets make 0.03 of “3%”.
    fraction: float = 0.0


LEAD_RESPONSE = Kpi(
    key="lead_response",
    name="Lead response",
    unit="min",
    meaning="Median minutes from the moment a lead's row was complete to the first action outside the workbook (a mail, a web "
    "request). Runs of the contracts in Settings “Lead contracts”; blank: those that start on new rows of a tab with Lead, Enquiry "
    "or Inquiry in its name. By the week in which the lead came. Settings “Lead response hours”: blank or clock counts day and "
    "night; business counts Mon-Fri 09:00-17:00 without Holidays, and Mon-Sat 08:00-20:00 what it says. Leads not acted upon yet "
    "are left out; the median bears outliers.",
)
LEAD_IN_TIME = Kpi(
    key="lead_in_time",
    name="Leads answered within SLA",
    unit="%",
    lower=False,
    fraction=1.0,
    meaning="Share of leads acted upon within the contract's SLA, by the week in which they came. A lead that nobody acted upon "
    "counts as late once its SLA has passed. Left out: contracts without an SLA, and leads that ended without any action outside.",
)
HOURS_RETURNED = Kpi(
    key="hours_returned",
    name="Hours returned",
    unit="h",
    lower=False,
    empty=0.0,
    meaning="Minutes saved × runs done, less the minutes that people spent: Settings “Minutes per approval” (2) for each answered "
    "approval, “Minutes per dead letter” (10) for each answered dead letter. By the week of the end, or of the answer. A blank in "
    "Minutes saved counts as 0.",
)
FAILURES_CRITICAL = Kpi(
    key="failures_critical",
    name="Failure rate, critical path",
    unit="%",
    target=3.0,
    fraction=0.2,
    meaning="Of the runs of P0 and P1 contracts that came to an end or to Dead letters, the share that needed a person because of "
    "a failure. Each run counts once, in the week of its first failure, else of its end. Left out: INVALID rows, cancelled and "
    "shadow runs. A retry that worked is no failure.",
)
FAILURES = Kpi(
    key="failures",
    name="Failure rate, all contracts",
    unit="%",
    fraction=0.2,
    meaning="The same for all contracts. The report names each contract's own.",
)
CASH_LAG = Kpi(
    key="cash_lag",
    name="Days to get paid",
    unit="days",
    meaning="Median days from issue to payment of the invoices paid in the week, from the tab Invoices. Columns are known by their "
    "usual names (Issued, Paid on); Settings “Invoices tab”, “Issued column” and “Paid column” name others. Rows without both "
    "dates, or paid before they were issued, are left out.",
)
APPROVALS = Kpi(
    key="approvals",
    name="Approvals decided",
    unit="count",
    lower=None,
    empty=0.0,
    meaning="Approvals that somebody answered in the week. Void and expired ones are left out.",
)
APPROVAL_WAIT = Kpi(
    key="approval_wait",
    name="Wait for an approval",
    unit="h",
    meaning="Median hours from question to answer, of the approvals answered in the week.",
)
REJECTED = Kpi(
    key="rejected",
    name="Approvals rejected",
    unit="count",
    lower=None,
    empty=0.0,
    meaning="Of the approvals answered in the week, those with REJECT.",
)
AI_COST = Kpi(
    key="ai_cost",
    name="AI cost",
    unit="USD",
    empty=0.0,
    meaning="What AI steps cost, tries that came to nothing included, as far as their prices are known. By the week in which the "
    "run started.",
)
BACKLOG = Kpi(
    key="backlog",
    name="Backlog",
    unit="runs",
    empty=0.0,
    meaning="Runs that had begun and not ended when the week ended; this week: now. Shadow runs are left out.",
)

KPIS = (
    LEAD_RESPONSE,
    LEAD_IN_TIME,
    HOURS_RETURNED,
    FAILURES_CRITICAL,
    FAILURES,
    CASH_LAG,
    APPROVALS,
    APPROVAL_WAIT,
    REJECTED,
    AI_COST,
    BACKLOG,
)
#: The four of the report: the first four of these that have a number.
TILES = (LEAD_RESPONSE, HOURS_RETURNED, FAILURES_CRITICAL, CASH_LAG, FAILURES, APPROVAL_WAIT, BACKLOG, APPROVALS)
