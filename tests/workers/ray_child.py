"""A run on workers in a process of its own, so that it can be killed: ray_child.py STUDY OUT [ADDRESS]."""

import sys

from tawazun import api
from tests.workers.ray_here import joined


def main(study: str, out: str, address: str = "") -> None:
    with joined(address), api.open_engine("ray", workers=2) as engine:
        api.run(api.load_study(study), out, engine=engine)


if __name__ == "__main__":
    main(*sys.argv[1:])
