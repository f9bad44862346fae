"""Alerts: which conditions stand, what is new, again or over, and who is told of it when.

Invariant: pure; an alert is a condition that lasts, not a message, so being restarted raises nothing anew.
"""
