"""Kinds of workbook: `kind = "excel"` in config.toml is found in `excel`."""
