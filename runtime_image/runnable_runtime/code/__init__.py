"""The code that a task runs: which functions and modules it reaches, and a fingerprint of them."""
