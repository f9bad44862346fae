"""What is decided, and nothing else: no I/O, no clock, no randomness; `now` is an argument."""
