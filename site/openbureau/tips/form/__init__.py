"""The form for a clue: its steps, what it asks and refuses, and what keeps floods away from it."""
