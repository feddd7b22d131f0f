"""A day file: what it says, whether it can be so, and what becomes of it."""
