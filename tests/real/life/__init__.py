"""What `life_check.py` needs: the changes that examples live through, and what is written by hand beside them."""
