"""Studies: one folder each, with everything that knows one learning problem. None uses another."""
