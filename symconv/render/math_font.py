"""The font for formulas: STIX Two Math, cut down to the glyphs that formulas have, as a page carries it.

Brackets, radicals and limits of a Σ are set by the MATH table of a font, which few machines have one with. The font is
that of the package ziamath, under the SIL Open Font License 1.1, which lets it be cut down and embedded.
"""

from __future__ import annotations

import io
import logging
from base64 import b64encode
from functools import cache
from importlib.util import find_spec
from pathlib import Path

UPRIGHT = "".join(map(chr, range(0x20, 0x7F))) + "βδρπσ"
"""What stands in words and as signs, and the letters of formulas before they are slanted."""
SIGNS = "∂∑−·∘×↑′≤≥≠<>=+,:|/⋯…∧∨√⌊⌋⌈⌉()[]{}𝟏⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠⎧⎨⎩⎪"
"""Everything else."""
_NAMES = (0, 5, 13, 14)
"""Copyright, version, licence and where to read it stay in the font."""


@cache
def math_font() -> str:
    """The font as the base64 text of a WOFF file; the same text every time, empty where no such font is installed."""
    path = _path()
    if path is None:
        return ""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options()
    options.layout_features = ["ssty", "math"]
    options.name_IDs = list(_NAMES)
    options.hinting = options.glyph_names = False
    options.notdef_outline = True
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[ord(c) for c in glyphs()])
    file = io.BytesIO()
    with TTFont(path, lazy=True, recalcTimestamp=False) as font:
        cut.subset(font)
        font.flavor = "woff"
        font.save(file)
    return b64encode(file.getvalue()).decode()


def glyphs() -> frozenset[str]:
    """Every character that a formula may show, single letters slanted and upright."""
    return frozenset(UPRIGHT + SIGNS + "".join(map(_slanted, UPRIGHT)))


def _slanted(letter: str) -> str:
    """What a browser draws for a single letter: the mathematical italic."""
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC)):
        if first <= letter <= last:
            return "ℎ" if letter == "h" else chr(start + ord(letter) - ord(first))
    return "𝜕" if letter == "∂" else letter


def _path() -> Path | None:
    """Where the font lies; the package it comes with is not run."""
    if find_spec("fontTools") is None:
        return None
    found = find_spec("ziamath")
    folders = found.submodule_search_locations if found is not None else None
    return Path(folders[0]) / "fonts" / "STIXTwoMath-Regular.ttf" if folders else None
