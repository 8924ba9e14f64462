"""Archive: a run as one file, or as a directory of the same files. Knows neither torch nor the store."""
