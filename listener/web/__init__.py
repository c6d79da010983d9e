"""The pages of the daemon: its state, its incidents, health and metrics; and where mentions are pushed to.

app       the pages, as an ASGI app on a store
Server    serves them in a thread; ServeError where the address cannot be had
"""

from listener.web.app import app
from listener.web.serve import ServeError, Server

__all__ = ["ServeError", "Server", "app"]
