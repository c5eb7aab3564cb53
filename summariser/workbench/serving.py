"""Running the workbench: where it listens, what it says, how it ends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from urllib.parse import quote

import uvicorn

from summariser.desks.desk import LOOPBACK_HOSTS, address_of, open_listener
from summariser.workbench.app import create_app
from summariser.workbench.guard import make_token, own_names
from summariser.workbench.room import Project

_GRACE_S = 3  # how long requests under way may take when the workbench ends


def serve(project: Project, *, host: str, port: int, begin: Callable[[str], None]) -> None:
    """Serve the workbench until it is interrupted; port 0 takes any free one.

    Shape: `begin` gets the address, once it can be asked; on any other interface than loopback it holds a token.
    Errors: ConfigError if the port cannot be had.
    """
    is_local = host.strip("[]").lower() in LOOPBACK_HOSTS
    token = None if is_local else make_token()
    listener = open_listener(host, port)
    with contextlib.closing(listener):
        app = create_app(project, token=token, names=() if is_local else own_names(host))
        begin(f"{address_of(listener)}/{f'?token={quote(token)}' if token else ''}")
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        with contextlib.suppress(KeyboardInterrupt):
            try:
                uvicorn.Server(config).run(sockets=[listener])
            finally:
                app.state.catalogue.close(_GRACE_S)
                app.state.runner.close(_GRACE_S)
