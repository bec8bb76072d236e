"""What a formula is read in: one layer's arrays of random whole numbers, its sizes by letter, and the index base."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.layers.geometry import Geometry
from tests.wrong.reference import Array, Expected, computed, expected, numbers

TARGETS = {"net": "net", "da": "a", "delta_prev": "a", "dw": "w", "dbias": "bias"}
"""The targets, and the tensor whose shape each has."""


class NotAFormulaError(ValueError):
    """The text says nothing in the language."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One layer's arrays by the language's names, its sizes, and the base of every index."""

    layer: Geometry
    arrays: dict[str, Array]
    sizes: dict[str, int]
    base: int

    def array(self, name: str, rank: int) -> Array:
        """A tensor as its number of subscripts asks: flat, with a group axis, or without leading axes of extent 1."""
        if name not in self.arrays:
            raise NotAFormulaError(f"no tensor {name}")
        array = self.arrays[name]
        if rank == array.ndim + 1 and self.layer.groups != 1:
            at = 0 if name in ("w", "dw", "bias", "dbias") else 1
            groups = int(self.layer.groups)
            return array.reshape(*array.shape[:at], groups, array.shape[at] // groups, *array.shape[at + 1 :])
        if rank == array.ndim - 2 and array.shape[:2] == (1, 1):
            return array.reshape(array.shape[2:])
        if rank == 0 and array.shape == (1,):
            return array.reshape(())
        if rank != array.ndim:
            raise NotAFormulaError(f"{name} has {array.ndim} axes, not {rank}")
        return array


def setting(layer: Geometry, base: int) -> tuple[Setting, dict[str, Array]]:
    """Arrays of small whole numbers, and what each target must come out as."""
    found = _pooled(layer) if layer.is_pooling else expected(layer)
    df = numbers(found.a.shape, 50)
    arrays = {"a": found.a, "delta": found.delta, "df": df, "net": found.net}
    targets = {"net": found.net, "da": found.input_gradient, "delta_prev": found.input_gradient * df}
    if not layer.is_pooling:
        arrays["w"], targets["dw"] = found.w, found.weight_gradient
        if layer.bias:
            arrays["bias"], targets["dbias"] = found.bias, found.bias_gradient
    return Setting(layer, arrays, _sizes(layer), base), targets


def _pooled(layer: Geometry) -> Expected:
    found = expected(layer)
    return computed(layer, found.a, found.w, found.bias * 0, found.delta)


def _sizes(layer: Geometry) -> dict[str, int]:
    """Sizes by letter; with the dimension as a suffix always, bare where all dimensions agree."""
    sizes = {"B": layer.batch, "N": layer.filters, "C": layer.depth, "G": layer.groups}
    for letter, values in {
        "H": layer.input_size,
        "K": layer.filter_size,
        "S": layer.stride,
        "D": layer.dilation,
        "P": tuple(before for before, _ in layer.padding),
        "Q": tuple(after for _, after in layer.padding),
        "O": layer.output_size,
        "R": layer.left_over,
    }.items():
        sizes |= {f"{letter}{d + 1}": v for d, v in enumerate(values)}
        if len(set(values)) == 1:
            sizes[letter] = values[0]
    if layer.dimensions > 1:
        sizes |= {"W": layer.input_size[1], "L": layer.filter_size[1]}
    return {name: int(v) for name, v in sizes.items()}
