"""The state (状态) of an institution: where clerks write it, and how it is known."""
