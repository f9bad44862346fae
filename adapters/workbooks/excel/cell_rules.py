"""What a new workbook does by itself while people type: drop-downs, hints, and colours that follow the words in a cell.

Invariant: nothing here forbids an entry; a value outside a list is at most warned about.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runner.model import column_letter
from runner.tabs import CONTRACTS, Column, Side
from sheet_templates.colours import colours
from sheet_templates.look import LINE, Tone
from sheet_templates.template import DataColumn, Group, Sheet

if TYPE_CHECKING:
    from openpyxl.formatting.rule import Rule
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

#: Excel's own limit on the text of a hint.
_LONGEST_HINT = 255


def validate(page: "Worksheet", sheet: Sheet, last_row: int) -> None:
    """Give each column its drop-down and its hint, down to `last_row`."""
    for letter, column in _lettered(sheet):
        rule = _drop_down(sheet, column)
        if column.hint:
            rule.promptTitle, rule.prompt, rule.showInputMessage = column.name[:32], column.hint[:_LONGEST_HINT], True
        if rule.type or column.hint:
            rule.add(f"{letter}2:{letter}{last_row}")
            page.add_data_validation(rule)


def _drop_down(sheet: Sheet, column: Column | DataColumn) -> "DataValidation":
    """The column's list; a rule that allows anything when it has none, so that it can carry a hint."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.name == "Contract" and sheet.group is Group.RULES and sheet.name != CONTRACTS.name:
        warning = f"There is no contract of that name in {CONTRACTS.name}. Keep it anyway?"
        return _warned(DataValidation(type="list", formula1=f"{CONTRACTS.name}!$A$2:$A$500", allow_blank=True), warning)
    if not column.choices or column.side is Side.RUNNER:
        return DataValidation(allow_blank=True, showErrorMessage=False)
    listed = DataValidation(
        type="list", formula1=f'"{",".join(choice for choice in column.choices if choice != "…")}"', allow_blank=True
    )
    # a list that is only a beginning (`State is …`), and an answer to which a reason may be added, are not worth a warning
    open_ended = any("…" in choice for choice in column.choices) or sheet.group is Group.RUNNER
    return listed if open_ended else _warned(listed, "That is not on the list. Keep it anyway?")


def _warned(rule: "DataValidation", sentence: str) -> "DataValidation":
    rule.errorStyle, rule.showErrorMessage = "warning", True
    rule.errorTitle, rule.error = "Please look again", sentence
    return rule


def colour(page: "Worksheet", sheet: Sheet, last_row: int) -> None:
    """Give each column the colours of its side and of the words in it, down to `last_row`, on rows that hold something."""
    last = column_letter(len(sheet.columns) - 1)
    for at, formula, tone in colours(sheet):
        cells = f"A2:{last}{last_row}" if at is None else f"{column_letter(at)}2:{column_letter(at)}{last_row}"
        page.conditional_formatting.add(cells, _rule(formula, tone))


def _rule(formula: str, tone: Tone | None) -> "Rule":
    """Where the formula is true: the tone, and in any case the thin line below the row."""
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles import Border, Font, PatternFill
    from openpyxl.styles import Side as Edge
    from openpyxl.styles.differential import DifferentialStyle

    style = DifferentialStyle(border=Border(bottom=Edge(style="thin", color=LINE)))
    if tone is not None:
        # a fill of a conditional format shows its background colour
        style.font, style.fill = Font(color=tone.ink), PatternFill(bgColor=tone.fill)
    return Rule(type="expression", formula=[formula], dxf=style, stopIfTrue=tone is not None)


def _lettered(sheet: Sheet) -> Iterator[tuple[str, Column | DataColumn]]:
    from openpyxl.utils import get_column_letter

    for number, column in enumerate(sheet.columns, 1):
        yield get_column_letter(number), column
