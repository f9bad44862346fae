"""The mailer of a drill speaks like a mail server and sends nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.mailers.pretend import PretendMailer
from adapters.mailers.smtp import SmtpMailer
from runner.errors import ActionFailed, ActionInDoubt
from runner.ports import Fault
from tests.servers.smtp import FaultySmtp

MAILER = PretendMailer(SmtpMailer(host="mail.drill.example"))
ANA = ["ana@shop.example"]


@pytest.mark.parametrize("fault", [Fault.TIMEOUT, Fault.MALFORMED])
def test_a_server_that_leaves_us_waiting_leaves_us_in_doubt(fault: Fault) -> None:
    with pytest.raises(ActionInDoubt, match="may or may not have left"):
        MAILER.rehearse(fault, ANA)


@pytest.mark.parametrize(
    ("fault", "said", "permanent"),
    [(Fault.SERVER_ERROR, "554", True), (Fault.TOO_MANY, "451", False), (Fault.REFUSED, "refused ana@shop.example", True)],
)
def test_a_refusal_says_that_nothing_was_sent(fault: Fault, said: str, *, permanent: bool) -> None:
    with pytest.raises(ActionFailed, match=said) as caught:
        MAILER.rehearse(fault, ANA)
    assert caught.value.permanent is permanent
    assert "Nothing was sent" in str(caught.value)


def test_the_words_are_those_of_a_real_refusal(faulty_smtp: Callable[..., FaultySmtp]) -> None:
    server = faulty_smtp("dot", "554 Transaction failed")
    real = SmtpMailer(host="127.0.0.1", port=server.port, security="none")
    with pytest.raises(ActionFailed) as happened:
        real.send(b"Subject: x\r\n\r\nx\r\n", "me@shop.example", ANA, timedelta(seconds=10))
    with pytest.raises(ActionFailed) as played:
        real.rehearse(Fault.SERVER_ERROR, ANA)
    assert str(played.value) == str(happened.value)


def test_nothing_leaves_and_nothing_can_be_looked_up() -> None:
    assert MAILER.rehearse(None, ANA) == "250 Queued"
    assert MAILER.find("<x@shop.example>") is None
    with pytest.raises(ActionFailed, match="Nothing leaves a drill"):
        MAILER.send(b"x", "me@shop.example", ANA, timedelta(seconds=1))
