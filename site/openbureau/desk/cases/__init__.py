"""One case at the desk: its page, steps, files, letters and export."""
