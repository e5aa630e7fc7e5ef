"""Measure labkit against the raw commands, in one run: `python -m benchmarks`."""

__all__: list[str] = []
