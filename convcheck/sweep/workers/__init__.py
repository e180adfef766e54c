"""Where the cases of a sweep are run: here, on this machine's cores, or on a Dask cluster."""
