"""What a machine does in a second, and what small pieces cost besides: the constants of the cost model, in one place.

They are of one core of a common server, in float32, and decide between schedules that differ by factors.
``symconv bench --tune`` measures :class:`Rates` on another; the counts after it are ratios, fitted to the times of the
layer table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds of one NumPy call and of one step of the interpreter; per second, products and bytes moved.

    ``cached`` is for bytes of one block, which stays in cache.
    """

    call: float = 1e-6
    cell: float = 3e-7
    matmul: float = 4.5e10
    einsum: float = 4e8
    bandwidth: float = 1.8e10
    cached: float = 1e11


RATES = Rates()

SHORT = 4
"""Products by which rows and columns of a large product seem longer than they are: what BLAS spends on each besides."""
SHORT_AT_POINTS = 11
"""The same for the small products at the points of tiles."""
NARROW = 12
"""The same for the few columns of a layer of few channels."""
TURNED = 8
"""The same for the columns of a product whose left matrix is turned."""
RUN = 160
"""Entries by which a run of neighbouring ones seems longer that NumPy copies in a block."""
RUN_OF_CELLS = 5
"""Numbers by which a run of channels seems longer that is gathered into tiles, or stored from them."""
PASSES = 3
"""Numbers moved for each value of U, or of M where that is summed."""
SCATTERED = 6
"""Numbers moved for each entry of a result that is set to 0 and then written in runs apart."""
CALLS = 95
"""NumPy calls in one direction by tiles: their time beside the numbers that they move."""
FEW = 96
"""Tiles that stay in cache beside a block of filters: up to so many, blocks are narrow."""
PACKED = 4
"""Numbers moved for each entry of a matrix that a few rows are multiplied with: many a BLAS packs it each time."""
MANY = 16
"""Positions of a row of one image that make a product by themselves; of fewer, several images are taken together."""
