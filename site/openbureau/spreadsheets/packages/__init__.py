"""Files that are archives of parts: which parts there are, and plainer copies for the compiled reader."""
