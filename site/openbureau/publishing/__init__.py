"""From content/ to a publication that servers read: build, switch, and tell subscribers."""
