"""Figures of groups of CSV rows: the arithmetic of examples/csv-aggregate/aggregate.ts, and the merging of parts.

It knows nothing of Spark, so that it is tested against csv-aggregate. The operations on floats are the same, in the same
order: for the rows of one file the figures are the same to the last bit.
"""

import json
import math
import re

MAX_TALLIES = 100_000

DECIMAL = re.compile(r"[ \t]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t]*")


class FigureError(Exception):
    """The rows cannot be computed with: asking again does not help."""


def quote(text):
    """A text of the rows, in a message."""
    return json.dumps(text[:60] + "…" if len(text) > 60 else text, ensure_ascii=False)


def column_of(name, header):
    """Where a column is."""
    if name not in header:
        raise FigureError(f"there is no column {quote(name)}, only {', '.join(map(quote, header[:20]))}")
    if header.count(name) > 1:
        raise FigureError(f"column {quote(name)} is ambiguous: the header has it more than once")
    return header.index(name)


class Aggregate:
    """What the rows so far came to. A tally is one metric of one group: how many fields, a figure, and what rounding lost."""

    def __init__(self, metrics):
        self.metrics = metrics
        self.rows = 0
        self.tallies = {}

    def add_row(self, fields, group_by, columns):
        """Adds a row. `group_by` and `columns`, of the metrics, are places in it."""
        self.rows += 1
        tallies = self._tallies_of(fields[group_by] or "")
        for tally, metric, column in zip(tallies, self.metrics, columns):
            field = fields[column]
            complaint = take(tally, metric["op"], field) if field else None
            if complaint:
                raise FigureError(f"row {self.rows}, column {quote(metric['column'])}: {complaint}")

    def merge(self, later):
        """Adds what later rows came to. The order of merging is part of the result: rounding depends on it."""
        self.rows += later.rows
        for key, others in later.tallies.items():
            for tally, other, metric in zip(self._tallies_of(key), others, self.metrics):
                merge_tally(tally, other, metric["op"])

    def result(self):
        """The figures, as the job returns them. Keys are in the order of UTF-16, as JavaScript sorts them."""
        keys = sorted(self.tallies, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {
            "rows": self.rows,
            "groups": [
                {
                    "key": key,
                    "values": [
                        figure_of(tally, metric["op"])
                        for tally, metric in zip(self.tallies[key], self.metrics)
                    ],
                }
                for key in keys
            ],
        }

    def _tallies_of(self, key):
        known = self.tallies.get(key)
        if known is not None:
            return known
        if (len(self.tallies) + 1) * len(self.metrics) > MAX_TALLIES:
            raise FigureError(
                f"there are more than {len(self.tallies)} groups: groups times metrics may be {MAX_TALLIES}"
            )
        self.tallies[key] = [[0, 0.0, 0.0] for _ in self.metrics]
        return self.tallies[key]


def take(tally, op, field):
    """Adds a field to a tally. Returns what is wrong with the field, if anything is."""
    tally[0] += 1
    if op == "count":
        return None
    if not DECIMAL.fullmatch(field):
        return f"{quote(field)} is not a number"
    number = float(field) + 0.0  # makes 0 of -0
    if not math.isfinite(number):
        return f"{quote(field)} is too large a number"
    if op in ("min", "max"):
        tally[1] = number if tally[0] == 1 else pick(op)(tally[1], number)
        return None
    return add_to_sum(tally, number, 0.0)


def pick(op):
    """Which of two numbers a metric keeps."""
    return min if op == "min" else max


def add_to_sum(tally, number, lost):
    """Neumaier's summation: keeps what each addition rounds away."""
    before = tally[1]
    total = before + number
    rounded = before - total + number if abs(before) >= abs(number) else number - total + before
    tally[1] = total
    tally[2] = tally[2] + rounded + lost
    return None if math.isfinite(total + tally[2]) else "the sum up to here is too large a number"


def merge_tally(tally, other, op):
    """Adds a tally of later rows."""
    before = tally[0]
    tally[0] += other[0]
    if op == "count" or other[0] == 0:
        return
    if op in ("min", "max"):
        tally[1] = other[1] if before == 0 else pick(op)(tally[1], other[1])
        return
    complaint = add_to_sum(tally, other[1], other[2])
    if complaint:
        raise FigureError(complaint)


def figure_of(tally, op):
    """What a tally came to."""
    count, figure, lost = tally
    if op == "count":
        return count
    if op == "sum":
        return figure + lost
    if count == 0:
        return None
    return (figure + lost) / count if op == "mean" else figure
