"""Tables of features, as others extracted them: CSV, ARFF and Parquet.

    name;frameTime;pcm_loudness_sma;F0final_sma          @relation smile
    'unknown';0.000000;1.2e-01;0                         @attribute name string
    'unknown';0.010000;1.3e-01;0                         @attribute frameTime numeric …

As AVEC's challenges, openSMILE (`csvSink.cpp` and `arffSink.cpp` of
https://github.com/audeering/opensmile), its Python package and MuSe write them: columns in any
order, separated by semicolons, commas or tabs. `feature_columns` tells what they are.
"""

import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd

from affdyn_jax.corpora.arff import arff_attributes, read_arff
from affdyn_jax.corpora.avec_tables import number
from affdyn_jax.corpora.text_lines import read_lines
from affdyn_jax.errors import CorpusError, FeatureError, reason
from affdyn_jax.features.feature_columns import FeatureColumns, check_name, feature_columns
from affdyn_jax.features.feature_trace import FeatureTrace

_SEPARATORS = (";", "\t", ",")


def read_feature_csv(path: Path, recording: str) -> FeatureTrace:
    """Read a table in CSV.

    Raises:
        CorpusError: It is malformed or another recording's; the message says where.
    """
    with closing(read_lines(path)) as lines:
        first = next(lines, "")
        if not first.strip():
            raise CorpusError(f"{path}: the file is empty, or its first line is")
        separator = next((mark for mark in _SEPARATORS if mark in first), ";")
        header = [name.strip().strip("'\"") for name in first.split(separator)]
        columns = feature_columns(f"{path}:1", header)
        return _read(path, recording, header, columns, _csv_rows(path, lines, separator))


def read_feature_arff(path: Path, recording: str) -> FeatureTrace:
    """Read a table in ARFF.

    Raises:
        CorpusError: As of `read_feature_csv`.
    """
    header = arff_attributes(path)
    with closing(read_arff(path, header)) as rows:
        return _read(path, recording, header, feature_columns(str(path), header), rows)


def read_feature_parquet(path: Path, recording: str) -> FeatureTrace:
    """Read a table in Parquet; what pandas kept as its index is columns, too.

    Raises:
        CorpusError: As of `read_feature_csv`.
        FeatureError: The file is no Parquet, or the library that reads it is not installed.
    """
    try:
        table = pd.read_parquet(path)
    except ImportError as error:
        raise FeatureError(
            f"{path}: Parquet is read with pyarrow, which is not installed; "
            "pip install 'affdyn_jax[formats]'"
        ) from error
    except (OSError, ValueError) as error:  # of pyarrow, too
        raise FeatureError(f"{path}: cannot be read as Parquet: {reason(error)}") from error
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    header = [str(name) for name in table.columns]
    columns = feature_columns(str(path), header)
    if columns.names is not None:
        for name in table.iloc[:, columns.names].astype(str).unique():
            check_name(name, recording, str(path))
    times = table.iloc[:, columns.times]
    if pd.api.types.is_timedelta64_dtype(times):
        times = times.dt.total_seconds()
    try:
        times_s = times.to_numpy(np.float64)
        values_sf = table.iloc[:, list(columns.features)].to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise CorpusError(f"{path}: has columns that are no numbers: {reason(error)}") from error
    if not len(table):
        raise CorpusError(f"{path}: the table has no rows")
    if np.isnan(times_s).any():
        raise CorpusError(f"{path}: row {int(np.argmax(np.isnan(times_s)))} has no time")
    names = tuple(header[f] for f in columns.features)
    return FeatureTrace(times_s, values_sf, names, range(len(table)))


def _csv_rows(
    path: Path, lines: Iterable[str], separator: str
) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield reader.line_num + 1, fields
    except csv.Error as error:
        raise CorpusError(f"{path}:{reader.line_num + 1}: not a table: {error}") from error


def _read(
    path: Path,
    recording: str,
    header: Sequence[str],
    columns: FeatureColumns,
    rows: Iterable[tuple[int, Sequence[str]]],
) -> FeatureTrace:
    # They grow in place, so memory stays near what is returned.
    line_s, times_s, values_sf = array("q"), array("d"), array("d")
    for line, fields in rows:
        where = f"{path}:{line}"
        if len(fields) != len(header):
            raise CorpusError(f"{where}: {len(fields)} fields, the header has {len(header)}")
        if columns.names is not None:
            check_name(fields[columns.names], recording, where)
        line_s.append(line)
        times_s.append(_time(fields[columns.times], where, header[columns.times]))
        values_sf.extend([number(fields[f], where, header[f]) for f in columns.features])
    if not line_s:
        raise CorpusError(f"{path}:1: no rows follow this line")
    values_sf = np.asarray(values_sf).reshape(len(line_s), len(columns.features))
    names = tuple(header[f] for f in columns.features)
    return FeatureTrace(np.asarray(times_s), values_sf, names, line_s)


def _time(text: str, where: str, column: str) -> float:
    """A number, or what pandas writes for a time span, e.g. `0 days 00:00:00.010000`."""
    if "days" not in text:
        return number(text, where, column)
    try:
        return pd.Timedelta(text).total_seconds()
    except ValueError as error:
        raise CorpusError(f"{where}: {text!r:.80} in column '{column}' is no time") from error
