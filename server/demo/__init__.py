"""Knowledge of a fictional company, served by `frontdesk demo`."""
