"""The weekly report in words: what needs the owner, what the automation was worth, what failed and what became of it.

Invariant: pure; everything that the templates print is ready text, computed once for HTML, plain text and JSON.
"""
