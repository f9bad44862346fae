"""Real servers on loopback for tests, each with the faults of the real world; used through the fixtures of `tests/conftest.py`."""
