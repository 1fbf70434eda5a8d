"""Groups the rows of CSV files in S3, and computes figures per group: the job run of emr-aggregate on EMR Serverless.

One task reads one file from its beginning to its end: a quoted field may have line breaks, so that a file cannot be cut
anywhere. What the files came to is merged in the order of the arguments. So the figures do not depend on the cluster.
"""

import argparse
import json

from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from csv_figures import Aggregate, FigureError, column_of


def reader_of(spark):
    """Reads CSV as RFC 4180 has it. A row with more or fewer fields than the header fails the job."""
    options = {
        "multiLine": True,
        "quote": '"',
        "escape": '"',
        "encoding": "UTF-8",
        "mode": "FAILFAST",
        "maxCharsPerColumn": 1024 * 1024,
        "maxColumns": 20480,
        "ignoreLeadingWhiteSpace": False,
        "ignoreTrailingWhiteSpace": False,
    }
    return spark.read.options(**options)


def header_of(spark, uri):
    """The names of a file's columns."""
    first = reader_of(spark).option("header", False).csv(uri).first()
    names = [] if first is None else ["" if name is None else name for name in first]
    if not any(names):
        raise FigureError(f"{uri} has no header")
    return [names[0].removeprefix("\ufeff"), *names[1:]]


def rows_of(spark, uri, width):
    """The rows of a file as texts, in one partition. An empty field is None."""
    schema = StructType([StructField(f"field{at}", StringType()) for at in range(width)])
    return reader_of(spark).option("header", True).schema(schema).csv(uri).coalesce(1).rdd


def folding(uri, header, request):
    """A function that makes one aggregate of the rows of a partition."""
    group_by = column_of(request["groupBy"], header)
    columns = [column_of(metric["column"], header) for metric in request["metrics"]]

    def fold(rows):
        aggregate = Aggregate(request["metrics"])
        try:
            for row in rows:
                aggregate.add_row(row, group_by, columns)
        except FigureError as error:
            raise FigureError(f"{uri}: {error}") from error
        yield aggregate

    return fold


def write_text(spark, uri, text):
    """Writes one object."""
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(uri)
    file_system = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    stream = file_system.create(path, True)
    stream.write(bytearray(text, "utf-8"))
    stream.close()


def main():
    """Reads the files that the arguments name, and writes the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--request", required=True, type=json.loads)
    parser.add_argument("--output", required=True)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    spark = (
        SparkSession.builder.appName("emr-aggregate")
        # Else a row is not counted whose missing fields nobody asks for.
        .config("spark.sql.csv.parser.columnPruning.enabled", False)
        .getOrCreate()
    )
    parts = []
    for uri in arguments.files:
        header = header_of(spark, uri)
        rows = rows_of(spark, uri, len(header))
        parts.append(rows.mapPartitions(folding(uri, header, arguments.request)))
    aggregates = spark.sparkContext.union(parts).persist(StorageLevel.DISK_ONLY)
    aggregates.count()  # computes all of them side by side; the driver then has one at a time
    whole = Aggregate(arguments.request["metrics"])
    for aggregate in aggregates.toLocalIterator():
        whole.merge(aggregate)
    write_text(spark, arguments.output, json.dumps(whole.result(), ensure_ascii=False, allow_nan=False))


if __name__ == "__main__":
    main()
