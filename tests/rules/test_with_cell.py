"""The With cell: what people type into it, and what it says when a line is none."""

import pytest

from runner.rules.with_cell import parse_with


def settings(text: str) -> dict[str, str]:
    found, wrong = parse_with(text)
    assert wrong == []
    return found


def test_one_setting_a_line() -> None:
    assert settings("to: {{ email }}\nsubject: Hello") == {"to": "{{ email }}", "subject": "Hello"}


def test_a_line_that_begins_with_a_blank_continues_the_one_above() -> None:
    assert settings("body: Dear Ana,\n  how are you?\n\n  Bye: Bob\nto: ana@shop.example") == {
        "body": "Dear Ana,\nhow are you?\n\nBye: Bob",
        "to": "ana@shop.example",
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"], ids=repr)
def test_line_breaks_of_every_system_are_line_breaks(newline: str) -> None:
    assert settings(f"to: a{newline}cc: b{newline}") == {"to": "a", "cc": "b"}


def test_a_value_may_hold_colons_and_a_name_blanks_around_it() -> None:
    assert settings(" url : https://shop.example/a:b ") == {"url": "https://shop.example/a:b"}


def test_a_blank_that_does_not_break_counts_as_a_blank() -> None:
    assert settings("body: Hello\n\u00a0again") == {"body": "Hello\nagain"}


def test_a_value_may_begin_on_the_next_line_or_be_blank() -> None:
    assert settings('json:\n  {"id": 1}\ncc:') == {"json": '{"id": 1}', "cc": ""}


def test_an_empty_cell_has_no_settings() -> None:
    assert settings("") == settings(" \n \n") == {}


@pytest.mark.parametrize("line", ["Thank you!", "https://shop.example/a", "to=ana@shop.example", ": nothing", "x" * 90 + ": long"])
def test_a_line_without_a_name_says_how_to_mend_it(line: str) -> None:
    found, (sentence,) = parse_with(f"subject: Hi\n{line}")
    assert found == {"subject": "Hi"}
    assert f"“{line[:60]}”" in sentence
    assert "Begin it with a blank" in sentence


def test_every_wrong_line_is_named() -> None:
    _, wrong = parse_with("one\nto: a\ntwo")
    assert ["one" in wrong[0], "two" in wrong[1], len(wrong)] == [True, True, 2]


@pytest.mark.parametrize("again", ["to", "To", "TO "])
def test_a_setting_that_stands_twice_in_any_spelling_is_a_mistake(again: str) -> None:
    _, wrong = parse_with(f"to: a\n{again}: b")
    assert wrong == [f"The setting “{again.strip()}” stands twice. Keep one of them."]
