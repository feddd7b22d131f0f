"""``python -m propflow.cli``: the command where no script is installed."""

from propflow.cli import main

main()
