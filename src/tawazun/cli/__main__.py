"""`python -m tawazun.cli`, the same as `tawazun`."""

from tawazun.cli import main

main()
