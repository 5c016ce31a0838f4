"""The house rules a machine can check, read from the syntax trees: who may import whom, and what must not exist."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOUNDATION = ["errors", "conventions", "shapes", "streams", "context"]
ROOMS = ["prior", "render", "photo", "puppet", "reconstruct", "surface", "rig", "motion", "export", "distill"]
MAY_USE_PROTOCOLS = {"distill", "reconstruct"}  # of prior and render
PROTOCOL_FILES = {
    "gen4d.prior.denoiser",
    "gen4d.render.rasterizer",
    "gen4d.render.views",
    "gen4d.render.shading",
    "gen4d.render.volume",
}
MAY_USE_ANY_ROOM = {"data", "evaluate"}
ABOVE_ROOMS = [
    "report",
    "results",
    "config",
    "lods",
    "page",
    "likeness",
    "photo_guess",
    "from_photo",
    "pictured",
    "teacher",
    "remake",
    "refine",
    "pipeline",
    "from_file",
    "delivery",
]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
MAX_LINES = 500

LIBRARY = sorted((ROOT / "gen4d").rglob("*.py"))
PROGRAM = sorted((ROOT / "cli").rglob("*.py"))
SOURCES = LIBRARY + PROGRAM


def module_name(path: Path) -> str:
    """`gen4d/rig/weights.py` -> `gen4d.rig.weights`; cli/ is installed as `gen4d.cli`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = ("gen4d", *parts) if parts[0] == "cli" else parts
    return ".".join(part for part in parts if part != "__init__")


def imports(tree: ast.AST, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Every module name a file imports, at any depth; `from a import b` gives both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: None if is_package and node.level == 1 else -node.level + is_package]
                base = ".".join([*package, base] if base else package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    """The second part of a dotted name: `gen4d.rig.weights` -> `rig`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def complaint(importer: str, imported: str) -> str | None:
    """Why a module may not import another one, or None."""
    if not imported.startswith("gen4d.") or imported == "gen4d.__version__":
        return None
    here, there = room_of(importer), room_of(imported)
    if here in (there, "cli", ""):
        return None
    if there == "cli":
        return "only cli imports cli"
    if there in MAY_USE_ANY_ROOM and here not in MAY_USE_ANY_ROOM:
        return "generation never imports training data or evaluation"
    if here in FOUNDATION:
        allowed = FOUNDATION[: FOUNDATION.index(here)]
        return None if there in allowed else "the foundation stands on nothing above it"
    if there in FOUNDATION:
        return None
    if here == "structures":
        return "values know the foundation only"
    if there == "structures":
        return None
    if here in ROOMS:
        if here in MAY_USE_PROTOCOLS and any(imported == p or imported.startswith(p + ".") for p in PROTOCOL_FILES):
            return None
        return "rooms are blind to each other"
    if here in ABOVE_ROOMS and there in ABOVE_ROOMS:
        return None if ABOVE_ROOMS.index(there) < ABOVE_ROOMS.index(here) else "it stands above the importer"
    return None


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def short(path: Path) -> str:
    """A test id: the path inside the repository."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_imports_follow_the_rule(path: Path) -> None:
    module, is_package = module_name(path), path.name == "__init__.py"
    broken = {
        f"{imported}: {why}"
        for imported in imports(parsed(path), module, is_package=is_package)
        if (why := complaint(module, imported))
    }
    assert not broken


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("gen4d.structures.mesh", "gen4d.shapes", True),
        ("gen4d.shapes", "gen4d.structures", False),
        ("gen4d.errors", "gen4d.shapes", False),
        ("gen4d.rig.rigging", "gen4d.structures.mesh", True),
        ("gen4d.rig.rigging", "gen4d.motion.clips", False),
        ("gen4d.reconstruct.fusion", "gen4d.render.rasterizer", True),
        ("gen4d.reconstruct.fusion", "gen4d.render.preview", False),
        ("gen4d.prior.embedded", "gen4d.data.makers.plane", False),
        ("gen4d.pipeline", "gen4d.data", False),
        ("gen4d.cli.views", "gen4d.pipeline", True),
        ("gen4d.pipeline", "gen4d.cli.app", False),
        ("gen4d.config", "gen4d.pipeline", False),
        ("gen4d.data.rendering", "gen4d.render.views", True),
        ("gen4d.rig.rigging", "gen4d.config", False),
    ],
)
def test_the_rule_itself_tells_right_from_wrong(importer: str, imported: str, allowed: bool) -> None:
    assert (complaint(importer, imported) is None) == allowed


def test_relative_imports_are_resolved() -> None:
    tree = ast.parse("from ..data import objects\nfrom . import x\nfrom .y import z")
    assert {"gen4d.data", "gen4d.data.objects", "gen4d.prior.x", "gen4d.prior.y.z"} <= set(
        imports(tree, "gen4d.prior.text")
    )


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_a_file_has_one_subject(path: Path) -> None:
    assert path.name not in FORBIDDEN_NAMES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES
    assert ast.get_docstring(parsed(path)), "the first line says what the file is about"


@pytest.mark.parametrize("path", LIBRARY, ids=short)
def test_the_library_is_silent_and_stateless(path: Path) -> None:
    # Layers of a new network draw their weights from torch's one global generator, so a training run must seed it.
    seeding = set() if path.name.startswith("train") else {"torch.manual_seed", "np.random.seed", "random.seed"}
    for node in ast.walk(parsed(path)):
        assert not isinstance(node, ast.Global), f"line {node.lineno}: module-level state"
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"print", "input", "exit", "sys.exit"}, f"line {node.lineno}: {called} is for cli"
            assert called not in seeding, f"line {node.lineno}: {called} changes the caller's random numbers"
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in {"os.environ", "os.getenv"}, f"line {node.lineno}: an environment read"


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_nothing_is_pickled_swallowed_or_imported_by_star(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            assert not any(alias.name == "*" for alias in node.names), f"line {node.lineno}: a star import"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
            kwargs = {k.arg: ast.unparse(k.value) for k in node.keywords}
            assert kwargs.get("weights_only") == "True", f"line {node.lineno}: torch.load unpickles"
    names = {name.split(".")[0] for name in imports(parsed(path), module_name(path))}
    assert not names & FORBIDDEN_MODULES


@pytest.mark.parametrize("path", PROGRAM, ids=short)
def test_the_program_imports_torch_only_when_it_works(path: Path) -> None:
    light = {"typer", "rich", "gen4d", "gen4d.errors", "gen4d.__version__"}
    guarded = {
        inner
        for node in parsed(path).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in parsed(path).body:
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in guarded and not getattr(node, "level", 0):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            heavy = [n for n in names if n.split(".")[0] in {"gen4d", "torch", "numpy", "pydantic"} and n not in light]
            assert not heavy, f"line {node.lineno}: {heavy} at import"
