"""What the bureau publishes: documents, the whitelist, and the catalogue made of them."""
