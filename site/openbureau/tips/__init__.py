"""What we are told: tips about unlawful fines, sealed on arrival and handled step by step.

Nothing here stores who sent a tip or when within a day: no address, browser, referrer or clear text.
"""
