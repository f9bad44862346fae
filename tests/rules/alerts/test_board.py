"""Which alerts stand, from one look to the next."""

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

from runner.model import AlertBoard, Ask, AskKind, Condition, Trouble
from runner.ports import Alerting, Loudness, Quiet
from runner.rules.alerts import kept
from runner.rules.alerts.board import MOST, stand
from runner.rules.alerts.machine import Halt, stopped, waiting
from runner.rules.alerts.moments import parse_quiet
from runner.rules.alerts.questions import questions
from runner.rules.alerts.telling import DELAYS, news_for, next_news, refused, told_since, took
from runner.rules.alerts.view import View
from tests.conftest import NOW


class Bell:
    """A channel that is only a name."""

    name = "bell"


def alerting(severity: str = "P0", repeat: timedelta = timedelta(minutes=30), quiet: Quiet | None = None) -> Alerting:
    return Alerting(levels={severity: Loudness(channels=(Bell(),), repeat=repeat, quiet=quiet)})  # type: ignore[arg-type]


def condition(key: str = "k", severity: str = "P0", **more: object) -> Condition:
    return Condition(key=key, severity=severity, kind="dead letter", what="It failed.", **more)  # type: ignore[arg-type]


def words(board: AlertBoard, when: timedelta, how: Alerting | None = None) -> list[str]:
    found = news_for(board, how or alerting(), NOW + when, UTC)
    return [f"{each.alert.id} {each.word}" for each in found.get("bell", [])]


def told(board: AlertBoard, when: timedelta = timedelta()) -> AlertBoard:
    return took(board, "bell", news_for(board, alerting(), NOW + when, UTC)["bell"], NOW + when)


def test_a_hundred_equal_failures_are_one_alert() -> None:
    asks = [
        Ask(
            id=f"D-{number:04d}",
            kind=AskKind.DEAD_LETTER,
            run=f"R-{number:04d}",
            contract="Pay",
            step="Transfer",
            run_state="DEAD_LETTER",
            what=f"POST https://bank.example/{number} was answered with 500 for “Bill {number}”.",
            severity="P0",
        )
        for number in range(1, 101)
    ]
    view = View(now=NOW, zone=UTC, asks={ask.id: ask for ask in asks})
    (found,) = questions(view)
    assert (found.count, found.runs) == (100, ("R-0001", "R-0002", "R-0003", "R-0004", "R-0005"))
    assert found.where.endswith("tab Dead letters, row R-0001, column Decision, and in the rows of the 99 others")


def test_failures_of_another_kind_step_or_contract_are_alerts_of_their_own() -> None:
    one = Ask(id="1", kind=AskKind.DEAD_LETTER, run="R-1", contract="Pay", step="Transfer", what="500", run_state="DEAD_LETTER")
    others = [replace(one, id="2", what="404"), replace(one, id="3", step="Tell"), replace(one, id="4", contract="Bill")]
    asks = {ask.id: ask for ask in (one, *others, replace(one, id="5", run_state="IN_DOUBT"))}
    assert len({found.key for found in questions(View(now=NOW, zone=UTC, asks=asks))}) == 5


def test_a_condition_that_lasts_is_one_alert_and_one_that_is_gone_is_over() -> None:
    board = stand(AlertBoard(), [condition()], (), NOW)
    board = stand(board, [condition(count=7)], (), NOW + timedelta(hours=1))
    (alert,) = board.alerts
    assert (alert.id, alert.raised, alert.condition.count, alert.ended) == ("W-1", NOW, 7, None)
    (alert,) = stand(board, [], (), NOW + timedelta(hours=2)).alerts
    assert alert.ended == NOW + timedelta(hours=2)


def test_what_comes_back_soon_is_the_same_alert_and_is_told_anew_only_to_whoever_heard_that_it_was_over() -> None:
    board = told(stand(AlertBoard(), [condition()], (), NOW))
    flapped = stand(stand(board, [], (), NOW + timedelta(minutes=1)), [condition()], (), NOW + timedelta(minutes=2))
    assert (len(flapped.alerts), words(flapped, timedelta(minutes=2))) == (1, [])
    over = told(stand(board, [], (), NOW + timedelta(minutes=1)), timedelta(minutes=1))
    back = stand(over, [condition()], (), NOW + timedelta(minutes=2))
    assert words(back, timedelta(minutes=2)) == ["W-1 new"]
    later = stand(over, [condition()], (), NOW + timedelta(hours=3))
    assert [alert.id for alert in later.alerts] == ["W-1", "W-2"]


def test_what_merely_happened_is_told_again_when_it_happens_again_and_is_never_over() -> None:
    notice = condition(passing=True)
    board = told(stand(AlertBoard(), [notice], (), NOW))
    assert words(stand(board, [], (), NOW + timedelta(minutes=9)), timedelta(minutes=9)) == []
    board = stand(board, [notice], (), NOW + timedelta(minutes=9))
    assert words(board, timedelta(minutes=9)) == ["W-1 again"]
    board = told(board, timedelta(minutes=9))
    assert board.alerts[0].condition.count == 2
    board = stand(board, [], (), NOW + timedelta(days=2))
    assert board.alerts[0].ended
    assert words(board, timedelta(days=2)) == []


def test_what_happened_and_was_acknowledged_is_news_when_it_happens_again() -> None:
    notice = condition(passing=True)
    board = stand(told(stand(AlertBoard(), [notice], (), NOW)), [], ("W-1",), NOW + timedelta(minutes=1))
    board = stand(board, [notice], (), NOW + timedelta(hours=1))
    assert words(board, timedelta(hours=1)) == ["W-2 new"]


def test_quiet_hours_hold_p1_back_until_they_end_also_when_the_computer_slept() -> None:
    how = alerting("P1", quiet=parse_quiet("18:00-07:00"))
    board = stand(AlertBoard(), [condition(severity="P1")], (), NOW)  # 17:12
    assert words(board, timedelta(minutes=46), how) == []
    assert words(board, timedelta(minutes=48), how) == []  # it would have been said at 18:00
    morning = NOW.replace(day=23, hour=7, minute=0, second=0)
    assert next_news(board, how, NOW, UTC) == morning
    assert words(board, timedelta(hours=3), how) == []
    assert words(board, morning - NOW, how) == ["W-1 new"]


def test_a_channel_that_fails_gets_more_and_more_rest_and_at_least_what_it_asks_for() -> None:
    board, moment, waits = stand(AlertBoard(), [condition()], (), NOW), NOW, []
    for _ in range(7):
        board = refused(board, "bell", "It is gone.", None, moment)
        following = next_news(board, alerting(), moment, UTC)
        assert following
        waits.append(following - moment)
        moment = following
    assert waits == [*DELAYS, DELAYS[-1], DELAYS[-1]]
    patient = refused(board, "bell", "429", timedelta(hours=5), moment)
    assert next_news(patient, alerting(), moment, UTC) == moment + timedelta(hours=5)
    assert patient.troubles["bell"].since == NOW


def test_that_a_channel_fails_is_told_by_the_others_alone() -> None:
    failing = condition(channel="bell")
    other = Bell()
    other.name = "other"
    both = Alerting(levels={"P0": Loudness(channels=(Bell(), other))})  # type: ignore[arg-type]
    found = news_for(stand(AlertBoard(), [failing], (), NOW), both, NOW, UTC)
    assert list(found) == ["other"]


def test_a_flood_of_conditions_is_bounded_and_keeps_the_highest_severities() -> None:
    flood = [condition(f"{number}", "P2") for number in range(3 * MOST)] + [condition("top", "P0")]
    board = stand(AlertBoard(), flood, (), NOW)
    assert len(board.alerts) == MOST + 1
    assert board.alerts[0].condition.key == "top"
    for hour in range(1, 5):
        board = stand(board, [condition(f"{hour} {number}") for number in range(MOST)], (), NOW + timedelta(hours=hour))
    assert len(board.alerts) <= 2 * MOST
    assert len(kept.text(board)) < 200_000


def test_what_can_wait_takes_no_room_from_what_cannot() -> None:
    flood = [condition(f"{number}", "P2") for number in range(MOST)]
    board = stand(stand(AlertBoard(), flood, (), NOW), [*flood, condition("top", "P0")], (), NOW + timedelta(minutes=1))
    assert words(board, timedelta(minutes=1)) == [f"W-{MOST + 1} new"]


def test_after_a_clock_was_set_back_nobody_waits_for_its_time_to_come_again() -> None:
    ahead = NOW + timedelta(days=365)
    board = stand(AlertBoard(), [condition()], (), ahead)
    board = took(board, "bell", news_for(board, alerting(), ahead, UTC)["bell"], ahead)
    board = stand(board, [condition()], (), NOW)
    assert next_news(board, alerting(), NOW, UTC) == NOW + timedelta(minutes=30)
    gathered = stand(stand(AlertBoard(), [condition(severity="P1")], (), ahead), [condition(severity="P1")], (), NOW)
    assert next_news(gathered, alerting("P1"), NOW, UTC) == NOW.replace(hour=18, minute=0, second=0)
    failing = refused(stand(AlertBoard(), [condition()], (), ahead), "bell", "It is gone.", None, ahead)
    assert words(stand(failing, [condition()], (), NOW), timedelta()) == ["W-1 new"]


def test_a_clock_that_was_set_back_prolongs_no_grace() -> None:
    ahead = NOW + timedelta(days=365)
    assert [*stopped(Halt(since=ahead, why="It is gone."), "Shop", NOW, UTC, again_soon=True)]
    assert [*waiting("It is open in Excel.", ahead, NOW, UTC)]
    just_now = NOW - timedelta(seconds=15)
    assert not [*stopped(Halt(since=just_now, why="It is gone."), "Shop", NOW, UTC, again_soon=True)]
    assert not [*waiting("It is open in Excel.", just_now, NOW, UTC)]


def test_the_board_comes_back_from_its_note_as_it_was() -> None:
    board = told(stand(AlertBoard(), [condition(runs=("R-1",), steps=("Call",))], ("W-1",), NOW))
    board = refused(board, "hook", "It is gone.", None, NOW)
    assert kept.read(kept.text(board)) == board
    assert isinstance(kept.read(kept.text(board)).troubles["hook"], Trouble)
    assert kept.read("") == kept.read('{"of": "another version"}') == AlertBoard()


def test_what_a_channel_took_between_two_boards_is_what_it_was_told() -> None:
    nothing = AlertBoard()
    stood = stand(nothing, [condition()], (), NOW)
    first = told(stood)
    again = told(first, timedelta(minutes=31))
    over = told(stand(again, [], (), NOW + timedelta(minutes=32)), timedelta(minutes=32))
    boards = (nothing, stood, first, again, over)
    said = [[each.word for each in told_since(before, after).get("bell", [])] for before, after in pairwise(boards)]
    assert said == [[], ["new"], ["again"], ["over"]]
