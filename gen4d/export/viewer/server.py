"""A web server for one page and one asset, on 127.0.0.1 and nowhere else; everything it gives is in memory."""

from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gen4d.errors import OutputError
from gen4d.export.viewer.page import GLB_MIME, SCRIPTS, linked_page, viewer_file

HOST = "127.0.0.1"
ASSET_URL = "asset.glb"


def viewer_server(title: str, glb: bytes, port: int = 0) -> ThreadingHTTPServer:
    """A server that is bound but not yet running; `serve_forever` runs it.

    Args:
        port: 0 takes any free one; `server_port` tells which.

    Raises:
        OutputError: the port is taken or may not be used.
    """
    files = {f"/{name}": ("text/javascript; charset=utf-8", viewer_file(name).encode()) for name in SCRIPTS}
    files["/"] = ("text/html; charset=utf-8", linked_page(title, ASSET_URL).encode())
    files[f"/{ASSET_URL}"] = (GLB_MIME, glb)
    try:
        return ThreadingHTTPServer((HOST, port), _handler(files))
    except (OSError, OverflowError) as error:
        raise OutputError(f"port {port} of {HOST} cannot be used ({error}); choose another with --port.") from error


def _handler(files: Mapping[str, tuple[str, bytes]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Gives the few files it was made with, to browsers that ask for this machine by name."""

        def do_GET(self) -> None:
            """Answer a browser; another site that points its own name at this machine gets nothing."""
            name = self.headers.get("Host", "").rpartition(":")[0]
            kind, body = files.get(self.path.partition("?")[0], ("", b""))
            if name not in (HOST, "localhost") or not kind:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing; the library is silent."""

    return Handler
