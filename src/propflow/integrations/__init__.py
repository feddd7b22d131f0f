"""Leaves: one module for each library that propflow works with, imported by nobody else."""
