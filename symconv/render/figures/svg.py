"""Figures as SVG: plain shapes and texts, no identifiers, every class prefixed, so that many can stand on one page.

Edges and letters have the colour of the surrounding text and fills are translucent, so a figure follows a dark page;
a file by itself follows the reader's own choice of light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from math import atan2, cos, sin

from symconv.render.document_text import text_prose
from symconv.render.figures.description import Bracket, Figure, Frame, Line, Node, Text
from symconv.render.figures.place import texts
from symconv.render.figures.runs import EM, SCRIPT, Run, runs
from symconv.render.figures.style import ACTIVE, HUES, LOOKS, STROKES, Look, Shape, edges, hatches, is_broken, shapes

UNIT = 40
"""Pixels to a cell."""
PREFIX = "sf"
"""Every class begins with it, and every rule with the class of the whole."""
WHOLE = "symconv-figure"
_SINK, _RISE, _BASE = 0.22, 0.38, 0.33
"""How far a subscript sinks and a superscript rises, and the baseline below the middle, in letters."""
_HEAD = 0.22
_DASHES = {"dashed": "5 3", "dotted": "1 3", "dashdotted": "7 3 1 3", "thick-dashed": "6 4"}
_FONT = '"Latin Modern Roman","STIX Two Text",Cambria,"Times New Roman","Noto Serif CJK SC",serif'


def svg(figure: Figure, *, standalone: bool = True, origin: str = "") -> str:
    """The figure as one ``<svg>`` element.

    ``standalone`` gives it the colour of its letters, which on a page are those of the page; ``origin`` is kept as
    metadata, for a comment could not hold the ``--`` of a flag.
    """
    wide, high = _number(figure.width * UNIT), _number(figure.height * UNIT)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{WHOLE}" role="img" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}">',
        f"<title>{escape(text_prose(figure.title, {}))}</title>",
        f"<desc>{escape(text_prose(figure.description, {}))}</desc>",
        *([f"<metadata>{escape(origin)}</metadata>"] if origin else []),
        f"<style>{stylesheet(standalone)}</style>",
        *(_lines(figure.nodes)),
        *(part for name, look, drawn in shapes(figure.nodes) for part in _shapes(name, look, drawn)),
        *(_outline(node) for node in figure.nodes if isinstance(node, Frame | Bracket)),
        *(_text(text) for text in texts(figure.nodes)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def stylesheet(standalone: bool) -> str:
    """The rules that every figure carries; the same for all of them."""
    rules = [f".{WHOLE} text{{fill:currentColor;font-family:{_FONT}}}", f".{WHOLE} .{PREFIX}-i{{font-style:italic}}"]
    if standalone:
        rules.insert(0, f".{WHOLE}{{color:#1a1a1a}}")
    rules += [_rule(role.value, look) for role, look in LOOKS.items()]
    rules += [_rule(name, look) for name, look in ACTIVE.items()]
    rules.append(f".{WHOLE} .{PREFIX}-dot{{fill:currentColor}}")
    rules.append(f".{WHOLE} .{PREFIX}-hatch{{fill:none;stroke:currentColor;stroke-width:.8;stroke-opacity:.55}}")
    rules.append(f".{WHOLE} .{PREFIX}-window{{fill:none;stroke:currentColor;stroke-width:3;stroke-linejoin:round}}")
    for stroke in STROKES:
        dash = f";stroke-dasharray:{_DASHES[stroke]}" if stroke in _DASHES else ""
        thick = 2.2 if "thick" in stroke else 1.2
        rules.append(f".{WHOLE} .{PREFIX}-line-{stroke}{{fill:none;stroke:currentColor;stroke-width:{thick}{dash}}}")
    rules.append(f".{WHOLE} .{PREFIX}-head{{fill:currentColor}}")
    if standalone:
        rules.append(f"@media (prefers-color-scheme:dark){{.{WHOLE}{{color:#ececec}}}}")
    return "".join(rules)


def _rule(name: str, look: Look) -> str:
    fill = f"fill:#{HUES[look.hue]};fill-opacity:{look.tint / 100:g}" if look.hue else "fill:none"
    dash = f";stroke-dasharray:{_DASHES[look.edge]}" if look.edge in _DASHES else ""
    wide, opaque = {"strong": (1.4, 1.0), "faint": (0.6, 0.3), "dotted": (1.4, 0.9)}.get(look.edge, (1.0, 0.75))
    return (
        f".{WHOLE} .{PREFIX}-{name}{{{fill};stroke:currentColor;stroke-width:{wide:g};stroke-opacity:{opaque:g}{dash}}}"
    )


def _shapes(name: str, look: Look, drawn: list[Shape]) -> list[str]:
    path = _strokes(edges(drawn)) if is_broken(look) else "".join(map(_path, drawn))
    found = [f'<path class="{PREFIX}-{name}" d="{path}"/>']
    if look.hatched:
        path = _strokes(h for shape in drawn for h in hatches(shape))
        found.append(f'<path class="{PREFIX}-hatch" d="{path}"/>')
    return found


def _strokes(lines: Iterable[tuple[float, float, float, float]]) -> str:
    return "".join(f"M{_px(x)} {_px(y)}L{_px(to_x)} {_px(to_y)}" for x, y, to_x, to_y in lines)


def _path(shape: Shape) -> str:
    x, y, wide, high = (_px(v) for v in (shape.x, shape.y, shape.width, shape.height))
    if not shape.round:
        return f"M{x} {y}h{wide}v{high}h-{wide}z"
    radius, middle = _px(shape.width / 2), _px(shape.y + shape.height / 2)
    return f"M{x} {middle}a{radius} {radius} 0 1 0 {wide} 0a{radius} {radius} 0 1 0 -{wide} 0z"


def _lines(nodes: tuple[Node, ...]) -> list[str]:
    found = []
    for node in nodes:
        if isinstance(node, Line):
            x, y, to_x, to_y = (_px(v) for v in (node.x, node.y, node.to_x, node.to_y))
            found.append(f'<path class="{PREFIX}-line-{STROKES[node.stroke]}" d="M{x} {y}L{to_x} {to_y}"/>')
            if node.head:
                found.append(_head(node))
    return found


def _head(line: Line) -> str:
    angle = atan2(line.to_y - line.y, line.to_x - line.x)
    corners = [(line.to_x + 0.02 * cos(angle), line.to_y + 0.02 * sin(angle))]
    for turn in (2.75, -2.75):
        corners.append((line.to_x + _HEAD * cos(angle + turn), line.to_y + _HEAD * sin(angle + turn)))
    path = "L".join(f"{_px(x)} {_px(y)}" for x, y in corners)
    return f'<path class="{PREFIX}-head" d="M{path}z"/>'


def _outline(node: Frame | Bracket) -> str:
    if isinstance(node, Frame):
        return f'<path class="{PREFIX}-window" d="{_path(Shape(node.x, node.y, node.width, node.height))}"/>'
    x, y, wide = _px(node.x), _px(node.y), _px(node.width)
    return f'<path class="{PREFIX}-line-solid" d="M{x} {y}v-5h{wide}v5"/>'


def _text(text: Text) -> str:
    size = text.scale * EM
    spans, sunk = [], 0.0
    for run in runs(text.content):
        level = {-1: _SINK, 0: 0.0, 1: -_RISE}[run.level] * size
        spans.append(_span(run, level - sunk, size))
        sunk = level
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    at = f'x="{_px(text.x)}" y="{_px(text.y + _BASE * size)}"'
    return f'<text {at} font-size="{_px(size)}"{anchor}>{"".join(spans)}</text>'


def _span(run: Run, down: float, size: float) -> str:
    attributes = f' dy="{_px(down)}"' if down else ""
    attributes += f' font-size="{_px(size * SCRIPT)}"' if run.level else ""
    attributes += f' class="{PREFIX}-i"' if run.italic else ""
    shown = escape(run.text)
    return f"<tspan{attributes}>{shown}</tspan>" if attributes else shown


def _px(value: float) -> str:
    return _number(value * UNIT)


def _number(value: float) -> str:
    """At most two decimals.

    >>> _number(12.50), _number(-0.001), _number(3.0)
    ('12.5', '0', '3')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
