"""Every method in every test, on more pictures and draws than chapter 10: `python -m evaluations`."""
