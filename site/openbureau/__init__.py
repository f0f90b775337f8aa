"""OpenBureau: the transparency site of a municipal education bureau."""
