"""What the automation is worth, in numbers: `definitions` says what each means, `calculate` computes it, `score` compares.

Invariant: pure; the same facts give the same numbers, and the number of a week that is over does not change by itself.
"""
