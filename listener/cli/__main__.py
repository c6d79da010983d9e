"""`python -m listener.cli` is the same as `listener`."""

from listener.cli import main

main()
