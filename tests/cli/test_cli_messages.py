"""Every sentence a mistake earns, pinned; `PYTHONPATH=tests python tests/cli/test_cli_messages.py` writes them anew."""

import os
import shlex
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from program import run
from safetensors.numpy import save_file

GOLDEN = Path(__file__).with_name("golden_messages.txt")
LONG = "a very long prompt " * 530  # 10,070 characters
MISTAKES = [
    "text-to-3",
    "text-to-3d",
    "text-to-3d one two",
    "text-to-3d ''",
    "text-to-3d '   '",
    f"text-to-3d '{LONG}'",
    "text-to-3d $'a\\x1b[31m plane'",
    "text-to-3d ball --negative $'\\x07'",
    "text-to-3d ball --sed 3",
    "text-to-3d ball --seed -1",
    "text-to-3d ball --seed three",
    "text-to-3d ball --steps 0",
    "text-to-3d ball --guidance nan",
    "text-to-3d ball --faces 1",
    "text-to-3d ball --texture-size 7",
    "text-to-3d ball --preset hihg",
    "text-to-3d ball --set surface.fases=3",
    "text-to-3d ball --set faces=3",
    "text-to-3d ball --set faces",
    "text-to-3d ball --set surface.faces=many",
    "text-to-3d ball --threads 0",
    "text-to-3d ball -o ball.obj",
    "text-to-3d ball -o folder.glb",
    "text-to-3d ball -o file/ball.glb",
    "image-to-3d missing.png",
    "image-to-3d folder.glb",
    "image-to-3d text.png",
    "image-to-3d truncated.jpg",
    "image-to-3d pixel.png",
    "image-to-3d huge.png",
    "image-to-3d clear.png",
    "image-to-3d plain.png",
    "image-to-3d ball.png --mask missing.png",
    "image-to-3d ball.png --mask text.png",
    "image-to-3d ball.png --mask black.png",
    "animate ball.png --plan bipd",
    "animate ball.png --clips wlak",
    "animate ball.png --height 0",
    "views missing.jpg",
    "views ball -o views.glb",
    "reconstruct missing.safetensors",
    "reconstruct text.png",
    "reconstruct foreign.safetensors",
    "rig missing.obj",
    "rig text.png",
    "rig empty.obj",
    "rig nan.obj",
    "rig range.obj",
    "rig cut.glb",
    "inspect missing.glb",
    "inspect cut.glb",
    "inspect text.png",
]


def lay_out_mistakes() -> None:
    """Every bad file the commands above name, in the current folder."""
    Path("file").touch()
    Path("folder.glb").mkdir()
    Path("text.png").write_text("not a picture")
    y, x = np.mgrid[:96, :96] - 48
    pixels = np.full((96, 96, 3), 255, np.uint8)
    pixels[x**2 + y**2 < 30**2] = (200, 40, 30)
    ball = Image.fromarray(pixels)
    ball.save("ball.png")
    ball.save("whole.jpg")
    Path("truncated.jpg").write_bytes(Path("whole.jpg").read_bytes()[:700])
    ball.resize((1, 1)).save("pixel.png")
    Path("huge.png").write_bytes(huge_png())
    Image.new("RGBA", (64, 64), (200, 40, 30, 0)).save("clear.png")
    Image.new("RGB", (64, 64), (200, 200, 200)).save("plain.png")
    Image.new("L", (96, 96), 0).save("black.png")
    save_file({"x": np.zeros(1, np.float32)}, "foreign.safetensors")
    Path("empty.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    Path("nan.obj").write_text("v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    Path("range.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n")
    Path("cut.glb").write_bytes(b"glTF\x02\x00\x00\x00\xff\x00\x00\x00")


def huge_png() -> bytes:
    """A PNG whose header promises 30,000 x 30,000 pixels: it must be refused before it is decoded."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def words(line: str) -> list[str]:
    """A line as bash would split it; only the $'..' quotes used above are known besides the plain ones."""
    return [word.lstrip("$").encode().decode("unicode_escape") if "\\x" in word else word for word in shlex.split(line)]


def transcript() -> str:
    """Every mistake with its exit code and what it says, made in a new folder that must stay as it was."""
    parts = []
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            lay_out_mistakes()
            before = sorted(Path().rglob("*"))
            for line in MISTAKES:
                outcome = run([*words(line), "--quiet"] if needs_quiet(line) else words(line))
                shown = line if len(line) < 80 else f"{line[:40]}...' ({len(line)} characters)"
                parts.append(f"$ gen4d {shown}\n[{outcome.code}] {outcome.out}{outcome.err}")
                assert sorted(Path().rglob("*")) == before, f"{line} left something behind"
        finally:
            os.chdir(here)
    return "\n".join(parts)


def needs_quiet(line: str) -> bool:
    """Commands that get as far as showing progress, which names seconds."""
    return line.partition(" ")[0] not in ("text-to-3", "inspect")


def test_every_mistake_earns_the_sentence_it_always_did() -> None:
    found = transcript()
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_every_sentence_is_one_line_with_the_users_exit_code() -> None:
    for block in GOLDEN.read_text(encoding="utf-8").strip().split("\n\n"):
        command, sentence, *more = block.splitlines()
        assert not more, f"{command}: more than one line"
        assert sentence.startswith("[2] gen4d: "), command
        assert sentence.endswith((".", "?")), command
        assert "Traceback" not in sentence and ".gen4d-" not in sentence, command


if __name__ == "__main__":
    GOLDEN.write_text(transcript(), encoding="utf-8")
    print(f"wrote {GOLDEN}", file=sys.stderr)
