"""Knowledge of the country: numbers, names, days and readings as they are written in China."""
