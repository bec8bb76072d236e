"""Activations that people type: no warning from -1e4 to 1e4, and f and f' to the last digits, whatever the spelling.

The measure is that of a good algorithm: off by a few units in the last place of the value, and by what rounding x alone
would do, ``ε (|v| + |x v'|)``. Where the value is below the normal numbers of the format it may be 0.
"""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
import sympy

import symconv
from symconv.layers.activation import NAMED, X, activation
from symconv.layers.smoothness import kinks
from symconv.render.activation_source import activation_functions
from symconv.verify.activation import Exact

Functions = dict[str, Callable[[Any], Any]]
FLOATS = (np.float32, np.float64)
UNITS = 8

ALGEBRAIC = """
x/(1 + abs(x)); x/(0.5 + abs(x)); abs(x)/(1 + abs(x)); (1 + x/(1 + abs(x)))/2; x*(1 + x/(1 + abs(x)))/2;
x/sqrt(1 + x**2); x/sqrt(1 + 3*x**2); max(x, 0) + min(x, 0)/sqrt(1 + min(x, 0)**2); x/(1 + sqrt(1 + x**2));
x/(1 + x**2); 1/(1 + x**2); 1/(1 + x**2)**2; 1/sqrt(1 + x**2); x**2/(1 + x**2); x**3/(1 + x**2); sqrt(1 + x**2);
sqrt(x**2 + 1) - 1; sqrt(abs(x) + 1) - 1; sqrt(x**2 + 0.01) - 0.1; sqrt(1 + (x/3)**2)*9 - 9; (x + sqrt(x**2 + 4))/2;
(x + sqrt(x**2 + 1))/2; sqrt(x**2 + 1) - x; x/2 + sqrt(x**2/4 + 1); (sqrt(x**2 + 1) - 1)/2 + x;
(1 + x/sqrt(1 + x**2))/2; x*(1 + x/sqrt(1 + x**2))/2; sqrt(x**2 + 1)/2 + x/2 - 1/2; x**4/(1 + x**4); x**8/(1 + x**8);
x**10/(1 + x**10); 1/(1 + x**16); x/(1 + x**20); x/(1 + x**4)**(1/4); x/(1 + abs(x)**3)**(1/3);
x**3/(1 + x**2)**(3/2); (1 + x**2)**(1/4); x**3; x**3/3 + x; x*abs(x); max(0, x)**2; sqrt(max(0, x));
max(x, 0)**(3/2)
"""
EXPONENTIAL = """
1/(1 + exp(-x)); exp(x)/(1 + exp(x)); exp(x)/(exp(x) + 1); (1 + tanh(x/2))/2; 1 - 1/(1 + exp(x));
exp(x)/(exp(x) + exp(-x)); 2**x/(1 + 2**x); (1 + exp(-x))**(-1/2); (1 + exp(-x))**(-2/3);
(exp(x) - exp(-x))/(exp(x) + exp(-x)); (exp(2*x) - 1)/(exp(2*x) + 1); (1 - exp(-2*x))/(1 + exp(-2*x));
2/(1 + exp(-2*x)) - 1; 1 - 2/(1 + exp(2*x)); (1 - exp(-x))/(1 + exp(-x)); 1.7159*tanh(2*x/3); log(1 + exp(x));
-log(1 + exp(-x)); log(1/(1 + exp(-x))); log(exp(x)/(1 + exp(x))); x - log(1 + exp(x)); log(1 + exp(x)) - log(2);
log((1 + exp(x))/2); log(1 + exp(2*x))/2; log(exp(x) + exp(-x)); log(2*cosh(x)); log(cosh(x)); log(cosh(x))/2 + x/2;
x + log(1 + exp(-x)); max(x, 0) + log(1 + exp(-abs(x))); x/(1 + exp(-1.702*x)); x/(1 + exp(-x/2));
x*exp(x)/(1 + exp(x)); x*(1 + tanh(x))/2; x*(exp(x) - 1)/(exp(x) + 1); x*tanh(log(1 + exp(x))); x*tanh(softplus(x));
tanh(x)*log(1 + exp(x)); x*erf(log(1 + exp(x))); exp(-exp(-x)); 1 - exp(-exp(x)); 1 - exp(-exp(-x)); tanh(exp(x));
x*tanh(exp(x)); x*erf(exp(x)); atan(exp(x)); 2/pi*atan(exp(x)); atan(tanh(x/2)); exp(x)*(1 - tanh(x));
exp(x)/(1 + exp(x) + exp(-x)); exp(-abs(x)); 1 - exp(-abs(x)); exp(x) - 1; 1 - exp(-x); sinh(x); cosh(x/1000) - 1;
1/cosh(x); 2/(exp(x) + exp(-x)); sech(x)**2; 4*exp(x)/(1 + exp(x))**2; 1 - tanh(x)**2; tanh(x)**3; x - tanh(x);
tanh(x)/x; tanh(x) + x/10; x*tanh(x); x/(1 + exp(-x)) + tanh(x)/2; max(0, x) + min(0, 2*(exp(x/2) - 1));
max(x, 0) + min(0, exp(x) - 1); 1.0507009873554805*(max(0, x) + 1.6732632423543772*(exp(min(0, x)) - 1));
x*exp(x)/(1 + exp(x)) - 1/(1 + exp(x)); x/log(1 + exp(-x))
"""
OTHERS = """
exp(-x**2); x*exp(-x**2/2); (1 - x**2)*exp(-x**2/2); 1 - exp(-x**2); exp(-x**2)*sin(x); erf(x); 1 - erf(x);
(1 + erf(x/sqrt(2)))/2; erfc(-x)/2; x*erfc(-x/sqrt(2))/2; erf(sqrt(pi)*x/2);
x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2; x*erf(x) + exp(-x**2)/sqrt(pi); atan(x); 2/pi*atan(pi*x/2);
atan(x)/pi + 1/2; 1/2 - atan(x)/pi; x*atan(x) - log(1 + x**2)/2; asinh(x); log(x + sqrt(1 + x**2)); log(1 + x**2);
log(1 + abs(x)); log(1 + x + x**2); sin(x); 1 - cos(x); x + sin(x)**2; sin(x)/x; x - sin(x);
min(max(x/6 + 1/2, 0), 1); x*min(max(x + 3, 0), 6)/6; min(max(x, 0), 6); max(-1, min(1, x));
max(0, x - 1/2) + min(0, x + 1/2); relu(x) - relu(-x)/4; relu(x)**2; max(0, 1 - x**2);
exp(-1/x**2); x*exp(-1/x**4); exp(-1/abs(x)); max(0, x)*exp(-1/x**2)
"""
TABLE = (*NAMED, *(text.strip() for part in (ALGEBRAIC, EXPONENTIAL, OTHERS) for text in part.split(";")))
NOT_SERVED = ("exp(-1/x)", "exp(-x)/log(1 + exp(-x))")
"""Flat on one side of 0 and a pole on the other; a quotient of two numbers that are both below the least float."""
COARSE = (1e-20, 1e-8, 1e-3, 0.1, 0.45, 0.9, 1.3, 3.1, 5.7, 9.7, 17, 30, 60, 88.5, 100, 345, 720, 1500, 1e4)
DENSE = (*COARSE, *10 ** np.arange(-2, 4.001, 0.0625), *np.arange(0.17, 24, 0.53), *10.0 ** -np.arange(3, 16))


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Functions]:
    path: Path = tmp_path_factory.mktemp("emitted") / "layer.py"

    @cache
    def load(text: str) -> Functions:
        path.write_text("import numpy as np\n\n\n" + activation_functions(activation(text)), encoding="utf-8")
        return run_path(str(path))

    return load


def misses(functions: Functions, text: str, magnitudes: tuple[float, ...]) -> list[str]:
    """Where f or f' of the emitted text warns, is no number, or is further off than ``UNITS``."""
    f = activation(text)
    points = {0.0, *kinks(f.function), *magnitudes, *(-m for m in magnitudes)}
    x32 = np.unique(np.array(sorted(points), np.float32))
    found = []
    for which, expression in (("activation", f.function), ("activation_derivative", f.derivative)):
        wanted = Exact.of(expression).on(x32)
        slopes = Exact.of(sympy.diff(expression, X)).on(x32)
        for dtype in FLOATS:
            info = np.finfo(dtype)
            with np.errstate(all="ignore"):
                asked = np.isfinite(wanted) & np.isfinite(slopes) & (abs(wanted) < float(info.max) / 16)
            x, value, slope = x32[asked].astype(dtype), wanted[asked], slopes[asked]
            with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
                warnings.simplefilter("always")
                got = functions[which](x)
            assert got.dtype == dtype
            found += [f"{which} {dtype.__name__}: {warning.message}" for warning in caught]
            with np.errstate(all="ignore"):
                error = abs(got.astype(np.float64) - value)
                allowed = UNITS * float(info.eps) * (abs(value) + abs(x * slope)) + float(info.tiny)
            found += [
                f"{which} {dtype.__name__} at {x[k]:g}: {got[k]:g}, not {value[k]:g}"
                for k in np.flatnonzero(~(error <= allowed))
            ]
    return found


@pytest.mark.parametrize("text", TABLE)
def test_the_last_digits_and_no_warning(emitted: Callable[[str], Functions], text: str) -> None:
    assert misses(emitted(text), text, COARSE) == []


@pytest.mark.slow
@pytest.mark.parametrize("text", TABLE)
def test_the_last_digits_and_no_warning_on_a_dense_grid(emitted: Callable[[str], Functions], text: str) -> None:
    assert misses(emitted(text), text, DENSE) == []


@pytest.mark.parametrize("text", NOT_SERVED)
def test_what_no_law_serves_is_told_by_the_verdict(text: str) -> None:
    layer = symconv.convolution(activation=text)
    report = symconv.verify(symconv.emit(layer), layer)
    assert [verdict.claim for verdict in report.failed] == ["f and f' to the last digits"]
