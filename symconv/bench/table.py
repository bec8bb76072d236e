"""A run as rows of text: what is shown on a terminal, in a pipe and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, fsum, log

from symconv.bench.record import FUNCTIONS, MATMUL, MEMORY_LIMIT, Cell, Measured, Run, Spread
from symconv.frameworks.peers import PEERS

Lines = list[tuple[str, ...]]
NUMPY_PACKAGES = frozenset(name for name, peer in PEERS.items() if peer.pure_numpy)
NOTHING = "-"
NARROW_KERNELS = ("Haswell", "Zen")
"""Those of OpenBLAS for AVX2, which it also takes on processors with AVX-512 that are newer than itself."""
NEAR = 1.1
"""What counts as being as fast as the best."""


def overview(run: Run) -> Lines:
    """A line for each function of each layer and each of our variants, below a line of headings."""
    head = ("layer", "of", "schedule", "time", f"÷ {reference_of(run)}", "quartiles", "torch", "matmul")
    lines: Lines = [(*head, "best on NumPy", "memory")]
    for cell in run.cells:
        torch, product = cell.best(frozenset({"torch"})), cell.best(frozenset({MATMUL}))
        package = cell.best(NUMPY_PACKAGES)
        for m in cell.ours():
            lines.append(
                (
                    cell.row,
                    FUNCTIONS[cell.function],
                    schedule_of(m),
                    time(m.seconds),
                    *quotient(m.ratio),
                    time(torch.seconds if torch else None),
                    time(product.seconds if product else None),
                    f"{package.name} {time(package.seconds)}" if package else NOTHING,
                    memory(m, cell),
                )
            )
    return lines


def details(run: Run) -> Lines:
    """A line for everyone who was timed."""
    lines: Lines = [("of", "who", "time", f"÷ {reference_of(run)}", "quartiles", "rounds", "error", "memory", "")]
    for cell in run.cells:
        for m in cell.measured:
            if m.seconds is not None:
                error = NOTHING if m.error is None else f"{m.error:.0e}"
                who = (FUNCTIONS[cell.function], m.label, time(m.seconds), *quotient(m.ratio), str(m.rounds))
                lines.append((*who, error, memory(m, cell), m.told))
    return lines


def left_out(run: Run) -> list[str]:
    """Who did not take part, and why; those with one reason together."""
    reasons: dict[str, dict[str, None]] = {}
    for cell in run.cells:
        for m in cell.measured:
            if m.seconds is None and not m.wrong:
                reasons.setdefault(m.told, {})[m.label] = None
    return [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]


def families(run: Run) -> Lines:
    """Geometric means over the layers of a family: against the reference, and against the best package on NumPy."""
    signs = FUNCTIONS.values()
    head = (*(f"{sign} ÷ {reference_of(run)}" for sign in signs), *(f"{sign} ÷ NumPy" for sign in signs))
    lines: Lines = [("family", "schedule", *head)]
    for family in dict.fromkeys(cell.family for cell in run.cells):
        cells = [cell for cell in run.cells if cell.family == family]
        for name, variant in dict.fromkeys((m.name, m.variant) for cell in cells for m in cell.ours()):
            ratios: dict[str, list[float]] = {key: [] for key in (*FUNCTIONS, *(f"numpy {f}" for f in FUNCTIONS))}
            for cell in cells:
                package = cell.best(NUMPY_PACKAGES)
                for m in cell.ours():
                    if (m.name, m.variant) != (name, variant) or m.seconds is None:
                        continue
                    if m.ratio is not None:
                        ratios[cell.function].append(m.ratio.median)
                    if package is not None and package.seconds is not None:
                        ratios[f"numpy {cell.function}"].append(m.seconds.median / package.seconds.median)
            label = f"{name}, {variant}" if variant else name
            lines.append((family, label, *(_mean(numbers) for numbers in ratios.values())))
    return lines


def remarks(run: Run) -> list[str]:
    """What has to be known beside the times, a sentence each."""
    reasons: dict[str, list[str]] = {}
    for name, reason in run.absent.items():
        reasons.setdefault(reason, []).append(name)
    told = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    kernel = run.machine.get("blas_kernel")
    if kernel in NARROW_KERNELS and "AVX512" in run.machine.get("vectors", ""):
        told.append(
            f"BLAS has its {kernel} kernels, of half the width: OPENBLAS_CORETYPE=SkylakeX takes those for AVX512"
        )
    told += [f"{row} was not measured: {reason}" for row, reason in run.failed.items()]
    for cell in run.cells:
        for m in cell.measured:
            if m.wrong:
                told.append(f"WRONG: {m.label}, {FUNCTIONS[cell.function]} of {cell.row}: {m.told}")
    over = [m for cell in run.cells for m in cell.ours() if m.is_over(cell.held)]
    if over:
        told.append(
            f"more than {MEMORY_LIMIT} times the memory of what is given and returned (!) in {len(over)} cases of ours"
        )
    near = [
        auto.seconds.median <= NEAR * min(others)
        for cell in run.cells
        for auto in cell.ours()
        if auto.name == "auto"
        and auto.seconds is not None
        and (others := [m.seconds.median for m in cell.ours() if m.name != "auto" and m.seconds is not None])
    ]
    if near:
        told.append(f"auto is within 10 % of the best schedule in {sum(near)} of {len(near)} cases")
    return told


def conditions(run: Run) -> str:
    """The machine and what was measured, in one line."""
    m, s = run.machine, run.settings
    kernel = f" ({m['blas_kernel']})" if m.get("blas_kernel") else ""
    parts = (
        f"{m.get('cores', '?')} cores",
        f"{m.get('architecture', '?')} with {m.get('vectors', '?')}",
        f"Python {m.get('python', '?')}",
        f"NumPy {m.get('numpy', '?')}",
        f"{m.get('blas', '?')}{kernel}",
        *(f"{name} {version}" for name, version in run.versions.items()),
        f"{s['dtype']}, {'one thread' if s['threads'] == 1 else str(s['threads']) + ' threads'}",
        f"{'CPU' if s['clock'] == 'cpu' else 'wall'} time",
    )
    return ", ".join(parts)


def reference_of(run: Run) -> str:
    """What the ratios are to."""
    references = {cell.reference.split(",")[0] for cell in run.cells if cell.reference}
    return references.pop() if len(references) == 1 else "reference"


def schedule_of(m: Measured) -> str:
    """Our variant, with the schedule that auto chose, or why there is none."""
    chosen = f" ({m.told})" if m.name == "auto" and m.told and m.seconds is not None else ""
    return m.label.replace(m.name, m.name + chosen, 1)


def time(seconds: Spread | None) -> str:
    """The median with three digits.

    >>> time(Spread(0.00123456, 0, 0)), time(Spread(1.5e-6, 0, 0)), time(None)
    ('1.23 ms', '1.50 µs', '-')
    """
    if seconds is None:
        return NOTHING
    value = seconds.median
    unit, scale = next(((u, s) for u, s in (("s", 1.0), ("ms", 1e-3)) if value >= s), ("µs", 1e-6))
    scaled = value / scale
    return f"{scaled:.{max(0, 2 - (len(str(int(scaled))) - 1))}f} {unit}"


def quotient(ratio: Spread | None) -> tuple[str, str]:
    """A ratio and its quartiles."""
    if ratio is None:
        return NOTHING, NOTHING
    digits = 2 if ratio.median < 100 else 0
    return f"{ratio.median:.{digits}f}", f"{ratio.lower:.{digits}f} to {ratio.upper:.{digits}f}"


def memory(m: Measured, cell: Cell) -> str:
    """Peak memory in units of what is given and returned; more than the limit is marked."""
    if m.peak is None:
        return NOTHING
    return f"{m.peak / cell.held:.1f}{' !' if m.is_over(cell.held) else ''}"


def markdown(run: Run) -> str:
    """The run as a Markdown document's tables."""
    parts = [conditions(run) + ".", _table(families(run)), _table(overview(run))]
    if told := remarks(run):
        parts.append("\n".join(f"- {sentence}" for sentence in told))
    return "\n\n".join(parts) + "\n"


def _table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    return "\n".join(_row(line) for line in (head, ["---"] * len(head), *rest))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _mean(numbers: Sequence[float]) -> str:
    """The geometric mean, which is the same whichever of two is the unit."""
    return f"{exp(fsum(map(log, numbers)) / len(numbers)):.2f}" if numbers else NOTHING
