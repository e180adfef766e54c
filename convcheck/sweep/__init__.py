"""Many cases: grids and random ones, judged, grouped, and shrunk to the smallest that fails."""
