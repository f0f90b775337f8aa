"""Editions weighed against those before them: what is too much to have gone, and what somebody confirmed."""
