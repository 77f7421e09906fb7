"""Draws the pictures of the documentation, each from what the code says: no number is typed in.

python -m docs.pictures             all of them, into docs/ideas
python -m docs.pictures pathways    one
"""

import argparse
import os
import tempfile
from importlib import import_module
from pathlib import Path

PICTURES = ("recipes", "energies", "pathways", "posterior", "simulated_lab", "journal", "studies")
_IDEAS = Path(__file__).parent.parent / "ideas"


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES], metavar="NAME")
    parser.add_argument("--into", type=Path, default=_IDEAS, metavar="DIR")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as nothing_fetched:
        os.environ["ATHANOR_DATA"] = nothing_fetched  # the same on every machine
        for name in asked.names or PICTURES:
            picture = import_module(f"docs.pictures.{name}").picture()
            path = asked.into / f"{name}.svg"
            path.write_bytes(picture)
            print(f"{path}: {len(picture) / 1024:.0f} KB")


if __name__ == "__main__":
    main()
