"""Where a finished step leads without anybody being asked."""

from runner.model import Contract, Route, Run, RunState, Step
from runner.rules.advance import straight_on
from runner.rules.plan import Plan

STEPS = (
    Step(name="Pay", action="http.post", undo="Take back"),
    Step(name="Take back", action="http.post"),
    Step(name="Tell", action="notify"),
)
RUN = Run(id="R-1", contract="Job", key="k", step="Pay")


def _plan(*routes: Route) -> Plan:
    return Plan(contract=Contract(name="Job", steps=STEPS, routes=routes))


def test_the_next_step_is_the_one_below_that_does_not_only_reverse_another() -> None:
    assert straight_on("Pay", RUN, _plan()) == "Tell"


def test_at_the_end_there_is_none() -> None:
    assert straight_on("Tell", RUN, _plan()) == ""


def test_where_a_route_asks_the_route_decides() -> None:
    assert straight_on("Pay", RUN, _plan(Route(after="pay", condition="amount > 5", go_to="Tell"))) == ""
    assert straight_on("Pay", RUN, _plan(Route(after="Tell", condition="", go_to="END"))) == "Tell"


def test_on_the_way_back_what_is_left_to_reverse_decides() -> None:
    back = Run(id="R-1", contract="Job", key="k", step="Take back", state=RunState.ROLLING_BACK, undoing=("Pay",))
    assert straight_on("Take back", back, _plan()) == ""
