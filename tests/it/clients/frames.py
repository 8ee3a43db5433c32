# Reads cars with pandas, by the guide's example.

import sys

import pandas

from cars import API, by_csv, by_ndjson

assert API == sys.argv[1], API
frame = by_csv()
assert len(frame) == 60, len(frame)
assert list(frame.index[:3]) == [1, 2, 3], frame.index
assert str(frame.year.dtype) == "Int64", frame.dtypes
assert frame.year.isna().sum() == 6 and frame.year[1] == 1991, frame.year
assert str(frame.built.dtype) == "datetime64[ns]", frame.dtypes
assert frame.built[7] == pandas.Timestamp("2020-01-02 03:04:07") and frame.built.isna().sum() == 6, frame.built
assert frame.sold.dtype == bool and frame.sold.sum() == 30, frame.sold
assert frame.price.dtype == float and frame.price[2] == 2.5, frame.price
assert frame.owner_id.isna().sum() == 15, frame.owner_id
assert list(frame[frame.make == "Fiat"].index[:2]) == [3, 6]

lines = by_ndjson().set_index("car_id")
assert len(lines) == 60 and lines.sold.dtype == bool, lines.dtypes
assert lines.year.isna().sum() == 6 and lines.make[3] == "Fiat"
assert list(lines.index) == list(frame.index)

owners = pandas.read_csv(f"{API}/owners/?format=csv")
assert list(owners.name) == ["Ann", "Bob", 'Zoë, "Z"'], owners
print("done")
