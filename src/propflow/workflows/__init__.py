"""The workflows that ship with the package, one file each."""
