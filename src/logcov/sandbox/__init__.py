"""The pretend company Acme, served on loopback over its providers' real protocols.

`start()` serves it from a child process that ends with this one; `serve_here()` from threads of this process.
"""

from logcov.sandbox.here import Here, serve_here
from logcov.sandbox.process import Running, start

__all__ = ["Here", "Running", "serve_here", "start"]
