"""Reads cases from the standard input, a line of JSON each, and writes what csv_figures makes of them."""

import json
import sys

from csv_figures import Aggregate, FigureError, column_of


def figures_of(case):
    """The result of the rows of each part, merged; or the error."""
    metrics = case["metrics"]
    header = case["header"]
    try:
        group_by = column_of(case["groupBy"], header)
        columns = [column_of(metric["column"], header) for metric in metrics]
        whole = Aggregate(metrics)
        for rows in case["parts"]:
            part = Aggregate(metrics)
            for row in rows:
                part.add_row([field or None for field in row], group_by, columns)
            whole.merge(part)
        return whole.result()
    except FigureError as error:
        return {"error": str(error)}


for line in sys.stdin:
    print(json.dumps(figures_of(json.loads(line)), allow_nan=False))
