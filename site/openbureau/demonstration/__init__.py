"""A demonstration that is alive: what is invented is dated relative to the day on which it is published."""
