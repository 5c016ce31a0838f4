"""The viewer's page: with its scripts beside it, or with everything in one HTML file."""

import base64
import html
from importlib import resources
from string import Template

SCRIPTS = ("three_kit.min.js", "viewer.js")
GLB_MIME = "model/gltf-binary"


def viewer_file(name: str) -> str:
    """One of the viewer's own files as text."""
    return (resources.files("gen4d.export.viewer") / name).read_text(encoding="utf-8")


def linked_page(title: str, asset_url: str) -> str:
    """A page that fetches its scripts and the asset from the server it came from."""
    scripts = "".join(f'<script src="{name}"></script>\n' for name in SCRIPTS)
    return _page(title, f"<script>window.asset = {_quoted(asset_url)};</script>\n{scripts}")


def single_page(title: str, glb: bytes) -> str:
    """One HTML file that shows the asset anywhere, offline: three.js, the viewer and the GLB are inside."""
    asset = f"data:{GLB_MIME};base64,{base64.b64encode(glb).decode('ascii')}"
    scripts = "".join(f"<script>\n{_inline(viewer_file(name))}\n</script>\n" for name in SCRIPTS)
    return _page(title, f"<script>window.asset = {_quoted(asset)};</script>\n{scripts}")


def _page(title: str, scripts: str) -> str:
    # Template, not format: the page is full of braces. The scripts come last, so nothing in them is a placeholder.
    page = Template(viewer_file("page.html")).substitute(title=html.escape(title), scripts="\0")
    return page.replace("\0", scripts)


def _quoted(text: str) -> str:
    """A JavaScript string that cannot end the script element around it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\x3c").replace("\n", "\\n")
    return f'"{escaped}"'


def _inline(script: str) -> str:
    """A script as it may stand inside an HTML file."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
