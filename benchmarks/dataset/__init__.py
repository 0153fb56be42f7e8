"""Whole data sets: one process against Dask, and what many machines would do: `make bench`."""
