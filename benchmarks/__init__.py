"""The course's methods against what people would use instead: `python -m benchmarks`."""
