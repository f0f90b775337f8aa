"""Stand-ins for what is large or not everywhere, behind the same interface."""
