"""Mutants of emitted artifacts, and what tells which of them mean something."""
