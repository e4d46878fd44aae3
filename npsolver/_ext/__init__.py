"""Compiled kernels, built from ``ext/``.  Only ``discretisation`` and ``linear`` import them."""
