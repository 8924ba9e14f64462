"""`python -m emergescope`."""

from emergescope.cli import main

main()
