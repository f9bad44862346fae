"""The ledger: what is true about a workbook, kept where a crash cannot take it back. Importing this loads no database."""
