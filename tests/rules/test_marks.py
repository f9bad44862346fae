"""The mark of a secret: found, made harmless, and sent only where it may go."""

import pytest

from runner.rules.fill import secrets_in
from runner.rules.marks import MARK, mark, marked, may_go, neutralise


def test_a_mark_is_known_with_and_without_blanks():
    assert marked(f"{mark('A')} {{{{secrets.B}}}} {{{{  secrets.A  }}}}") == ("A", "B")
    assert marked("{{ secrets. }} {{ secret.A }} { { secrets.A }} {{ secrets.1 }} {{ secrets.A B }}") == ()


def test_a_neutral_mark_is_still_readable():
    assert neutralise("{{{{ secrets.A }} {{ name }}") == "{{{ { secrets.A }} {{ name }}"
    assert MARK.search(neutralise("{{{{ secrets.A }}")) is None


def test_the_secrets_of_a_template_can_be_listed():
    assert secrets_in("{{ secrets.A }} {% if vip %}{{ secrets['B'] }}{% endif %} {{- secrets.A }} {{ name }}") == ("A", "B")
    assert secrets_in("{{ name }}") == secrets_in("{{ secrets.A ") == ()


@pytest.mark.parametrize(
    ("allowed", "host", "may"),
    [
        ("a.example", "A.Example:443", True),
        ("a.example", "a.example.", True),
        ("a.example", "b.a.example", False),
        ("a.example:25", "a.example:25", True),
        ("a.example:25", "a.example:26", False),
        ("a.example:25", "a.example", False),
        ("::1", "[::1]:25", True),
        ("[::1]:25", "::1", False),
        ("", "a.example", False),
    ],
)
def test_a_host_matches_whole_names_and_ports_only(allowed, host, may):
    assert may_go([allowed], host) is may
