"""Configuration that every run has: frozen records, stages, cost. Knows no study. Uses errors only."""
