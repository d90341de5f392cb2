"""`python -m logcov`."""

from logcov.cli import main

main()
