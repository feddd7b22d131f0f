"""The command `propflow`: the demo, lint and diagrams for people at a terminal."""
