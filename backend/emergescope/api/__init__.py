"""The HTTP and WebSocket interface. Used by the command line; `create_app` for any ASGI server, `serve` for our own."""

from emergescope.api.app import create_app, serve

__all__ = ["create_app", "serve"]
