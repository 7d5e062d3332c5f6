"""The part of `cells_check.py` that attacks sums, means and numbers of rows: random programs, random bills, what follows from what is told."""
