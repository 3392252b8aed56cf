"""Plots as SVG, drawn by hand: bars of ratios on a logarithmic scale, and lines of what grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

COLOURS = ("#1f6f8b", "#e07a3f", "#6a994e", "#8f5d9c", "#b0413e", "#777777")
FONT = "font-family='sans-serif' font-size='12' fill='#333'"
WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 60, 30


def bars(title: str, groups: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> str:
    """For each group, such as a query, a bar for each name: median, with a line from the least to the greatest.

    The scale is logarithmic, and 1, where both are level, is drawn across.
    """
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    values = [value for group in groups.values() for three in group.values() for value in three if value > 0]
    low, high = floor(log10(min([*values, 1.0]))), ceil(log10(max([*values, 1.0001])))
    thick = 14
    height = TOP + BOTTOM + sum(len(group) * thick + 12 for group in groups.values())

    def across(value: float) -> float:
        return LEFT + (log10(max(value, 10**low)) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = [_legend(title, names)]
    for power in range(low, high + 1):
        at = across(10.0**power)
        parts.append(_line(at, TOP - 6, at, height - BOTTOM, "#ccc"))
        parts.append(_text(at, height - BOTTOM + 16, f"{10.0**power:g}", "middle"))
    parts.append(_line(across(1), TOP - 6, across(1), height - BOTTOM, "#333"))
    y = float(TOP)
    for label, group in groups.items():
        parts.append(_text(LEFT - 8, y + len(group) * thick / 2 + 4, label, "end"))
        for name, (middle, least, greatest) in group.items():
            from_, to = sorted((across(1), across(middle)))
            colour = COLOURS[names.index(name) % len(COLOURS)]
            parts.append(
                f"<rect x='{from_:.1f}' y='{y:.1f}' width='{max(to - from_, 1):.1f}' height='{thick - 3}' "
                f"fill='{colour}'/>"
            )
            parts.append(_line(across(least), y + 5.5, across(greatest), y + 5.5, "#222"))
            y += thick
        y += 12
    return _svg(height, parts)


def lines(title: str, axis: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """A line for each name through its points; both scales are logarithmic, so that a slope of 1 is linear growth."""
    points = [point for line in series.values() for point in line if min(point) > 0]
    xs, ys = [x for x, _ in points] or [1.0], [y for _, y in points] or [1.0]
    left, right = log10(min(xs)), log10(max(xs))
    low, high = floor(log10(min(ys))), max(ceil(log10(max(ys))), floor(log10(min(ys))) + 1)
    height = 360

    def across(value: float) -> float:
        return LEFT + (log10(value) - left) / ((right - left) or 1) * (WIDTH - LEFT - RIGHT)

    def up(value: float) -> float:
        return height - BOTTOM - 14 - (log10(value) - low) / (high - low) * (height - TOP - BOTTOM - 14)

    parts = [_legend(title, list(series)), _text(WIDTH / 2, height - 4, axis, "middle")]
    for power in range(low, high + 1):
        parts.append(_line(LEFT, up(10.0**power), WIDTH - RIGHT, up(10.0**power), "#ccc"))
        parts.append(_text(LEFT - 8, up(10.0**power) + 4, f"{10.0**power:g}", "end"))
    for x in sorted(set(xs)):
        parts.append(_text(across(x), height - BOTTOM, f"{x:,.0f}", "middle"))
    for number, line in enumerate(series.values()):
        colour = COLOURS[number % len(COLOURS)]
        drawn = [(across(x), up(y)) for x, y in line if x > 0 and y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in drawn]
    return _svg(height, parts)


def _legend(title: str, names: Sequence[str]) -> str:
    parts = [f"<text x='{LEFT}' y='20' {FONT} font-weight='bold'>{escape(title)}</text>"]
    x = float(LEFT)
    for number, name in enumerate(names):
        parts.append(
            f"<rect x='{x:.0f}' y='30' width='10' height='10' fill='{COLOURS[number % len(COLOURS)]}'/>"
        )
        parts.append(_text(x + 14, 39, name, "start"))
        x += 30 + 7 * len(name)
    return "\n".join(parts)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT}>{escape(words)}</text>"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'/>"


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height:.0f}'>\n"
        f"<rect width='{WIDTH}' height='{height:.0f}' fill='white'/>\n" + "\n".join(parts) + "\n</svg>\n"
    )
