from runner.rules.alerts.view import checklist


def test_a_checklist_is_numbered_once_and_without_its_name():
    assert checklist("Book by hand\n1. Find it.\n2. Book it.") == ("Find it.", "Book it.")


def test_lines_that_bring_no_numbers_of_ours_stay_as_they_are():
    assert checklist("Find it.\n\n Book it. ") == ("Find it.", "Book it.")
    assert checklist("Call\n2. floor") == ("Call", "2. floor")
    assert checklist("") == ()
