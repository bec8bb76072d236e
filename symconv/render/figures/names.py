"""The names of the figures; nothing here imports SymPy, so that a wrong name is refused at once."""

from __future__ import annotations

from symconv.errors import RequestError

NAMES = {
    "forward": "one window on the input, and the net input it gives",
    "forward-steps": "all of them",
    "error-term": "the padded error term under the turned filter, one step of ∂E/∂a",
    "error-term-steps": "all of them",
    "zero-insertion": "the error term with zeros inserted, and padded",
    "weight-gradient": "the error term as filter on the input, one step of ∂E/∂w",
    "weight-gradient-steps": "all of them",
    "reach": "one cell of the input, and the net inputs it reaches",
    "windows": "every window along each dimension: stride, dilation, padding, left-over rows",
    "pooling": "what a pooling window gathers and gives back",
    "channels": "depths and filters",
    "connections": "which cells are connected, and by which weight",
    "matrix": "the layer as a sparse matrix",
    "shapes": "shapes through the backward pass",
}
"""Each with what it shows; those with ``--step`` show one step."""
SUFFIXES = (".svg", ".tex", ".png", ".gif")
"""What a figure is written as."""


def check_name(name: str) -> None:
    """Refuse what is no figure."""
    if name not in NAMES:
        raise RequestError(f"the figure {name[:40]!r} is not known; choose one of {', '.join(NAMES)}")


def check_suffix(file: str) -> None:
    """Refuse a file that is none of the kinds that figures are written as."""
    if not file.endswith(SUFFIXES):
        raise RequestError(f"{file!r} does not end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}; give one of these")
