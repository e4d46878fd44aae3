"""Speed of npsolver, piece by piece and against other programs. Run with ``pytest benchmarks --benchmark-only`` or
``python -m benchmarks.report``; see README.md."""
