"""The viewer: pages that hold what they promise, a server that gives nothing else, and a browser that shows it."""

import base64
import hashlib
import http.client
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from glb_factory import bending_tube

from gen4d.export.glb import glb_bytes
from gen4d.export.viewer.page import linked_page, single_page, viewer_file
from gen4d.export.viewer.server import viewer_server

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def test_the_vendored_script_is_the_one_that_is_documented() -> None:
    documented = re.search(r"sha256 of the result: ([0-9a-f]{64})", viewer_file("VENDORED.md"))
    script = viewer_file("three_kit.min.js")
    assert documented and hashlib.sha256(script.encode()).hexdigest() == documented[1]
    assert "MIT" in viewer_file("three.LICENSE") or "Permission is hereby granted" in viewer_file("three.LICENSE")


def test_the_single_page_holds_the_asset_and_asks_nobody() -> None:
    glb = glb_bytes(bending_tube())
    page = single_page("<a & b>", glb)
    assert f"data:model/gltf-binary;base64,{base64.b64encode(glb).decode()}" in page
    assert "&lt;a &amp; b&gt;" in page and "<a & b>" not in page
    assert page.count("<script>") == page.count("</script>") == 3  # nothing inside ends a script early
    assert "src=" not in page.split("<script>", 1)[0] and "connect-src 'self' blob: data:" in page


def test_a_title_cannot_smuggle_a_script() -> None:
    page = linked_page('"</script><script>alert(1)</script>', "</script>")
    assert "<script>alert" not in page and page.count("</script>") == 3


def test_the_server_gives_the_page_and_the_asset_to_this_machine_only() -> None:
    glb = glb_bytes(bending_tube())
    with viewer_server("tube", glb) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def get(path: str, host: str | None = None) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
            connection.request("GET", path, headers={"Host": host or f"127.0.0.1:{server.server_port}"})
            answer = connection.getresponse()
            return answer.status, answer.read()

        assert server.server_address[0] == "127.0.0.1"
        assert get("/asset.glb") == (200, glb)
        assert get("/")[0] == get("/viewer.js")[0] == get("/three_kit.min.js?v=1")[0] == 200
        for path in ("/../page.py", "/page.py", "/etc/passwd", "/%2e%2e/server.py"):
            assert get(path)[0] == 404
        assert get("/asset.glb", "evil.example:80")[0] == 404  # DNS rebinding
        server.shutdown()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_chromium_shows_the_single_page(tmp_path: Path) -> None:
    """Rendered in software, the middle of the picture is not the background's colour."""
    import numpy as np
    from PIL import Image

    (tmp_path / "tube.html").write_text(single_page("tube", glb_bytes(bending_tube())), encoding="utf-8")
    flags = ["--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    command = [str(CHROMIUM), *flags, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=480,400"]
    command += ["--virtual-time-budget=8000", f"--screenshot={tmp_path / 'a.png'}", f"file://{tmp_path / 'tube.html'}"]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    height, width = picture.shape[:2]
    middle = picture[height // 3 : height // 2, width // 2 - 20 : width // 2 + 20]
    assert np.abs(middle - (228, 230, 234)).max(-1).mean() > 25
