"""Feeds and calendars: which there are, what they say, how an address chooses among them."""
