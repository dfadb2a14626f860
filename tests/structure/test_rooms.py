"""Who may import whom, read from the source with `ast`."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "seqkit"

RANKS = {
    "checks": 0,
    "files": 0,
    "masking": 0,
    "settings": 0,
    "tagging": 0,
    "kernels": 0,
    "text": 1,
    "layers": 1,
    "losses": 1,
    "metrics": 1,
    "baselines": 1,
    "data": 2,
    "models": 2,
    "decoding": 3,
    "training": 3,
    "evaluation": 4,
    "bundle": 4,
    "inspection": 5,
    "runs": 5,
    "cli": 6,
}
MAY_IMPORT_TENSORFLOW = ("seqkit/data/", "seqkit/export/", "seqkit/kernels/tensorflow.py")


def sources():
    return sorted(PACKAGE.rglob("*.py"))


def imports(path):
    """Every module imported anywhere in a file, functions included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from ((node.module, alias.name, node.lineno) for alias in node.names)


def room_of(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_room_imports_only_rooms_of_a_lower_rank(path):
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    breaches = []
    for module, name, line in imports(path):
        first, *rest = module.split(".")
        if first != "seqkit":
            continue
        other = rest[0] if rest else name
        if other != room and RANKS[other] >= RANKS[room]:
            # Rank 0 is one floor: its files may lean on `checks` and `masking`, which lean on nothing.
            if RANKS[room] == 0 and other in ("checks", "masking") and room not in ("checks", "masking"):
                continue
            breaches.append(f"line {line}: {room} (rank {RANKS[room]}) imports {other} (rank {RANKS[other]})")
    assert not breaches


@pytest.mark.parametrize("path", sources(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_tensorflow_is_imported_where_the_plan_allows_it_and_nowhere_else(path):
    relative = path.relative_to(ROOT).as_posix()
    found = [line for module, _, line in imports(path) if module.split(".")[0] == "tensorflow"]
    # seqkit/kernels/__init__.py names our own file of that name, which starts with `seqkit`.
    assert not found or relative.startswith(MAY_IMPORT_TENSORFLOW), f"{relative}: lines {found}"


def test_every_room_has_a_rank():
    rooms = {room_of(path) for path in sources()} - {"__init__", "__main__"}
    assert rooms == set(RANKS)


def test_recipes_import_public_names_only():
    for path in sorted((ROOT / "recipes").glob("*.py")):
        for module, name, line in imports(path):
            if module.split(".")[0] == "seqkit":
                assert module.count(".") <= 1, f"{path.name}:{line}: {module} is a file inside a room"
                assert not (name or "").startswith("_"), f"{path.name}:{line}: {name} is private"


def test_no_pickle_no_eval_no_unsafe_loading():
    for path in [*sources(), *sorted((ROOT / "recipes").glob("*.py"))]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {module.split(".")[0] for module, _, _ in imports(path)}
        assert not names & {"pickle", "dill", "shelve", "marshal"}, path
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), f"{path}:{node.lineno}"
            if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
                assert not (node.arg == "safe_mode" and node.value.value is False), f"{path}:{node.value.lineno}"
                assert not (node.arg == "allow_pickle" and node.value.value is True), f"{path}:{node.value.lineno}"
            assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}: an assert in library code"


def test_the_top_level_holds_the_fixed_layout_and_nothing_else():
    allowed = {"seqkit", "recipes", "tests", "datasets", "setup.cfg", "README.md", "pyproject.toml", "CHANGELOG.md"}
    ignored = {"runs", "build", "dist", "shared"}
    found = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".") and not path.name.endswith(".egg-info") and path.name not in ignored
    }
    assert found == allowed


def test_datasets_hold_no_python():
    assert not list((ROOT / "datasets").rglob("*.py"))


def test_recipes_are_short():
    for path in sorted((ROOT / "recipes").glob("[!_]*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 200, path.name
