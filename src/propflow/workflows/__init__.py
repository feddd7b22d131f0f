"""The workflows that ship with propflow, with their data, settings and roles."""
