"""Measurements of propflow beside a hand-written table and beside its peers; see README.md."""
