"""Everyone who computes one function of a layer: our emitted code, other packages, and the bare matrix product.

First each is compared with the verified reference, and its memory looked at; whoever computes something else is not
timed.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.bench.emitted import Emitted
from symconv.bench.matrix_product import matrix_products
from symconv.bench.record import LIMIT, MATMUL, OURS, PEER, Measured
from symconv.bench.rounds import Clock
from symconv.frameworks.call import Call, Tensors, from_channels_last, to_channels_last
from symconv.frameworks.peers import PEERS
from symconv.layers.geometry import Geometry
from symconv.verify.execute import Subject, load
from symconv.verify.reference import Array
from symconv.verify.report import NotAsked, Refuted

TOLERANCE = {"float32": 1e-4, "float64": 1e-10}
"""Of the largest entry: more than rounding makes of any algorithm worth running, less than one term that lacks."""


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who computes the function: its record so far, and the call; a limit has no result to compare.

    ``took`` is what the call lasted when it was compared.
    """

    measured: Measured
    call: Call
    is_numpy: bool = True
    took: float = 0.0


def contenders(
    emissions: Sequence[Emitted],
    peers: Sequence[str],
    function: str,
    geometry: Geometry,
    tensors: Tensors,
    threads: int,
    left_out: list[Measured],
) -> Iterator[Contender]:
    """Everyone who has the function; who has not goes to ``left_out`` with the reason."""
    for emission in emissions:
        measured = Measured(emission.schedule, emission.variant, OURS, told=emission.told)
        if emission.text is None:
            left_out.append(measured)
        else:
            yield Contender(measured, emitted_call(emission, function, geometry, tensors, threads))
    for name in peers:
        try:
            calls = PEERS[name].calls(function, geometry, tensors)
        except NotAsked as reason:
            left_out.append(Measured(name, "", PEER, told=str(reason)))
        except Exception as error:
            left_out.append(Measured(name, "", PEER, told=_raised(error)))
        else:
            for layout, call in calls.items():
                variant = "" if len(calls) == 1 else layout.replace("_", " ")
                yield Contender(Measured(name, variant, PEER), call, name not in ("torch", "jax"))
    for variant, run in matrix_products(function, geometry, str(tensors["delta"].dtype)).items():
        yield Contender(Measured(MATMUL, variant, LIMIT), Call(run))


def emitted_call(emission: Emitted, function: str, geometry: Geometry, tensors: Tensors, threads: int = 1) -> Call:
    """A function of an emitted module, on arrays in its layout; so many workers share the work."""
    assert emission.text is not None
    last = emission.layout == "channels_last"
    given = {name: to_channels_last(name, array) if last else array.copy() for name, array in tensors.items()}
    subject = Subject(load(emission.text), geometry, workers=threads)
    is_sized = function == "input_gradient" and geometry.dimensions > 0
    size = tuple(int(h) for h in geometry.input_size) if is_sized else None
    arguments, besides = subject.arguments(function, given, size), subject.besides(function, given)
    implementation = getattr(subject.module, function)
    result = "w" if function == "weight_gradient" else "a"
    return Call(
        lambda: implementation(*arguments, **besides),
        lambda found: from_channels_last(result, found) if last else found,
    )


def compared(who: Contender, wanted: Array, dtype: str, clock: Clock) -> Contender | Measured:
    """The contender with its error and its peak memory, ready to be timed; else its record with the reason why not.

    Whoever computes something else is wrong; a package that refuses is not, and our code may not refuse.
    """
    if who.measured.role == LIMIT:
        return who
    if who.is_numpy:
        tracemalloc.start()
    try:
        start = clock()
        result = who.call.run()
        took = clock() - start
        found = who.call.read(result)
        peak = tracemalloc.get_traced_memory()[1] if who.is_numpy else None
        error = difference(found, wanted, dtype)
    except (Refuted, NotAsked) as reason:
        return replace(who.measured, wrong=isinstance(reason, Refuted), told=str(reason))
    except Exception as failure:
        return replace(who.measured, wrong=who.measured.role == OURS, told=_raised(failure))
    finally:
        tracemalloc.stop()
    told = who.measured.told if found.dtype == dtype else f"it returns {found.dtype}"
    return replace(who, measured=replace(who.measured, error=error, peak=peak, told=told), took=took)


def difference(found: Any, wanted: Array, dtype: str) -> float:
    """The largest difference, relative to the largest entry; `Refuted` where it is more than rounding."""
    if not isinstance(found, np.ndarray) or found.shape != wanted.shape:
        raise Refuted(f"it returns the shape {getattr(found, 'shape', None)} instead of {wanted.shape}")
    most = float(np.max(np.abs(wanted), initial=0.0)) or 1.0
    off = np.abs(found - wanted)
    error = float(f"{float(np.max(off, initial=0.0)) / most:.2g}")
    if not error <= TOLERANCE[dtype]:
        cell = tuple(int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
        raise Refuted(
            f"it is off by {error:.1g} of the largest entry, at {cell}: {found[cell]:.6g}, not {wanted[cell]:.6g}"
        )
    return error


def _raised(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"it raises {type(error).__name__}: {lines[0]}"
