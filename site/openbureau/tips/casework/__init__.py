"""The handling of a clue at the desk: who may see it, its stages, messages, conclusion and export."""
