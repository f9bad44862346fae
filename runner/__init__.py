"""Rowpact: reliable automation whose control panel is a spreadsheet."""

__version__ = "0.1.0"
