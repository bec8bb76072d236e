"""How large a size a module can be judged on, found without a clock: a report must not depend on the machine's mood.

Lines executed are counted on two small twins. What grows with the products is work of the interpreter, and is
extrapolated; vectorised code executes as many lines on a large layer as on a small one.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.verify.execute import Subject, functions_of
from symconv.verify.reference import shapes
from symconv.verify.report import MODULE_NAME
from symconv.verify.sizes import products, reduced

ALWAYS = 20_000
"""A layer of so many products is judged at its own size whatever the code."""
MOST_PRODUCTS = 200_000_000
MOST_CELLS = 20_000_000
"""The entries of the matrix of columns (im2col), which is the largest array that right code needs."""
MOST_LINES = 16_000_000


def own_size(subject: Subject) -> Geometry:
    """The layer's own size if that is affordable, else a twin that is."""
    own = subject.geometry
    if subject.own_sizes_only or products(own) <= ALWAYS:
        return own
    lines = lines_per_product(subject)

    def cost(geometry: Geometry) -> float:
        count = products(geometry)
        columns = count * int(geometry.groups) / geometry.output_shape[1]
        return max(count / MOST_PRODUCTS, columns / MOST_CELLS, count * lines / MOST_LINES)

    return reduced(own, 1, cost)


def lines_per_product(subject: Subject) -> float:
    """How many lines each further product takes, by all functions together; 0 for code that cannot be asked."""
    few, many = reduced(subject.geometry, 200), reduced(subject.geometry, 3_000)
    more = products(many) - products(few)
    if more <= 0:
        return 1.0
    try:
        return max(0.0, (_lines(subject, many) - _lines(subject, few)) / more)
    except KeyboardInterrupt:
        raise
    except BaseException:  # whatever is wrong with the code is found, and told, by those who judge it
        return 0.0


def _lines(subject: Subject, geometry: Geometry) -> int:
    """Lines of the module executed by one call of each function."""
    tensors = {name: np.ones(shape) for name, shape in shapes(geometry).items()}
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != f"<{MODULE_NAME}>":
            return None
        count += event == "line"
        return trace

    earlier = sys.gettrace()
    sys.settrace(trace)
    try:
        for function in functions_of(geometry):
            subject.result(function, geometry, tensors)
    finally:
        sys.settrace(earlier)
    return count
