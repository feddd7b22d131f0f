"""The rule books that ship with the package, as TOML files, and their loader."""
