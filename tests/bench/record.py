"""A run as it might be found, with every kind of entry; its figures are made up, so that what is shown is fixed."""

from __future__ import annotations

from symconv.bench.record import LIMIT, OURS, PEER, Cell, Measured, Run, Spread


def _timed(name: str, variant: str, role: str, ms: float, times: float, **more: object) -> Measured:
    return Measured(
        name,
        variant,
        role,
        seconds=Spread(ms / 1e3, 0.95 * ms / 1e3, 1.1 * ms / 1e3),
        ratio=Spread(times, 0.9 * times, 1.25 * times),
        rounds=11,
        **more,  # type: ignore[arg-type]
    )


def _cell(row: str, family: str, function: str, *measured: Measured, reference: str | None = "torch") -> Cell:
    return Cell(row, family, "4x64x56x56, filter 3x3, filters 64", function, 1000, 1_000_000, reference, measured)


RUN = Run(
    machine={
        "cores": 2,
        "architecture": "x86_64",
        "vectors": "AVX512",
        "python": "3.11.0",
        "numpy": "2.0.0",
        "blas": "openblas 0.3",
        "blas_kernel": "Zen",
        "blas_threads": 1,
    },
    settings={"symconv": "0.1.0", "threads": 1, "dtype": "float32", "clock": "cpu", "seconds": 1.0},
    versions={"torch": "2.13.0", "mygrad": "2.5.0"},
    absent={"jax": "not installed", "scipy": "not installed", "chainer": "it does not import: AttributeError: sctypes"},
    failed={"deep-3x3": "the process ended by signal 9"},
    cells=(
        _cell(
            "wide-3x3",
            "3x3",
            "net_input",
            _timed("auto", "", OURS, 4.0, 0.5, error=5e-7, peak=2_000_000, told="im2col"),
            _timed("im2col", "", OURS, 4.2, 0.525, error=5e-7, peak=3_900_000),
            _timed("torch", "channels first", PEER, 8.8, 1.1, error=2e-7),
            _timed("torch", "channels last", PEER, 8.0, 1.0, error=2e-7),
            _timed("mygrad", "", PEER, 16.0, 2.0, error=5e-7, peak=9_000_000),
            _timed("matmul", "", LIMIT, 6.0, 0.75),
            _timed("matmul", "transposed", LIMIT, 7.0, 0.875),
            reference="torch, channels last",
        ),
        _cell(
            "wide-3x3",
            "3x3",
            "weight_gradient",
            _timed("auto", "", OURS, 9.0, 1.5, error=5e-7, peak=2_500_000, told="windows"),
            _timed("im2col", "", OURS, 6.0, 1.0, error=5e-7, peak=2_500_000),
            _timed("torch", "", PEER, 6.0, 1.0, error=2e-7),
            Measured("mygrad", "", PEER, wrong=True, told="it is off by 0.3 of the largest entry"),
            Measured("scipy", "", PEER, told="it has no gradients"),
        ),
        _cell(
            "deep-dw",
            "depthwise",
            "net_input",
            _timed("auto", "", OURS, 40.0, 64.0, error=5e-7, peak=900_000, told="windows"),
            _timed("torch", "", PEER, 0.625, 1.0, error=2e-7),
        ),
    ),
)
"""The second layer has one direction only, and one of ours takes too much memory."""
