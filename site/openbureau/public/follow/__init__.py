"""关注: the institutions, topics and counties that stand in an address, and what became of them."""
