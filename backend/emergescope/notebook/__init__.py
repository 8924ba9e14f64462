"""Runs as notebooks show them: the film in a frame where a server allows that; curves and numbers in any case."""
