"""The price of options and its derivatives in several engines, a module each; see `black_scholes`."""
