"""Asking a model for a text: what it is told, how it answers, what that costs."""
