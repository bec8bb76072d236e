"""``python -m symconv`` is the command ``symconv``."""

import sys
from pathlib import Path

if not sys.flags.safe_path and sys.path[0] not in ("", str(Path(__file__).parents[1])):
    del sys.path[0]  # the folder that the user is in, where a numpy.py would be taken for NumPy

from symconv.cli import main

main(prog_name="symconv")
