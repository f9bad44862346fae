"""The benchmarks that count promises rather than time still work."""
