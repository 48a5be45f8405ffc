"""`python -m tawazun`, the same as `tawazun`."""

from tawazun.cli import main

main()
