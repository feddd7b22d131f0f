"""The engine, which alone joins the rooms: load a case, decide, commit."""
