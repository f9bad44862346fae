"""What a Steps row may do: `Action` cell `http.post` is found in `http.py`, by listing this folder."""
