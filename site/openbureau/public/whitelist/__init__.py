"""The whitelist of training institutions, for the public: list, cards, comparisons, downloads."""
