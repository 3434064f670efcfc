"""Charts as pure functions: facts in, SVG text and its table out. No clock, no database."""
