"""What is measured of a function, and how a claim about its derivative is judged by it; no engine is known here."""
