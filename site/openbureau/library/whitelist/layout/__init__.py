"""How a sheet of the whitelist is laid out: which rows are institutions, headings, totals, notes."""
