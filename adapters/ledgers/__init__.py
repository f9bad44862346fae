"""Where the truth about a workbook is kept."""
