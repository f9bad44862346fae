"""Notes of `check`: said beside the cell and on the screen, and no reason to call the workbook wrong."""

from tests.acceptance.conftest import Shop


def test_check_says_what_is_worth_a_second_look_and_finds_no_mistake(shop: Shop) -> None:
    shop.write(
        Contracts="Contract | Enabled | Trigger | Tab | Check\nSort | Yes | New row | Leads |",
        Steps="Contract | Step | Action | With | Check\nSort | Look | decide | table: Points |",
        Leads="Name | Fit score | Row ID",
        Points="Fit score | Then points\n>= 70 | 10\n0..60 | 1",
    )
    said = shop.run("check")
    assert "No mistakes: 1 contract, all ready." in said
    assert "Steps!D2  Note: Points: No row answers when “Fit score” is below 0." in said
    facts = shop.json("check")
    assert facts["problems"] == []
    assert [note["where"] for note in facts["notes"]] == ["Steps!D2", "Steps!D2"]
