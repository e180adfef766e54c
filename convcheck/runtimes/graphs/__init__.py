"""Model files of every kind as graphs: operators in run order, any tensor fed or fetched."""
