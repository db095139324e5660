"""The plan of the house: who may know whom, and what no file may hold."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest

from kowis_data.settings import PROJECT

FOLDERS = ("kowis_data", "queries", "reports", "ui", "pages", "workspace")
MODULES = [*sorted(path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.py")), PROJECT / "app.py"]
MODULES = [path for path in MODULES if "__pycache__" not in path.parts]


def name_of(path) -> str:
    return str(path.relative_to(PROJECT))


def imports(path) -> set[str]:
    """Modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def texts(path) -> list[str]:
    """String constants of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, described) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def of(*folders: str) -> list:
    return [path for path in MODULES if path.relative_to(PROJECT).parts[0] in folders]


def reaches(path, *packages: str) -> set[str]:
    return {module for module in imports(path) if module.split(".")[0] in packages}


def test_the_modules_are_found():
    assert len(MODULES) > 40 and (PROJECT / "pages" / "karte.py") in MODULES


@pytest.mark.parametrize("path", of("queries", "kowis_data", "workspace"), ids=name_of)
def test_data_know_nothing_of_the_screen(path):
    assert reaches(path, "streamlit", "plotly", "pydeck", "ui", "pages") == set()


# Words for numbers and provenance, which screen and paper share.
SHARED_WORDS = {"ui.german", "ui.provenance"}


@pytest.mark.parametrize("path", of("reports"), ids=name_of)
def test_reports_write_files_and_draw_no_screen(path):
    assert reaches(path, "streamlit", "plotly", "pydeck", "pages", "duckdb") == set()
    inside = {".".join(module.split(".")[:2]) for module in reaches(path, "ui") if module != "ui"}
    assert inside <= SHARED_WORDS
    assert {module for module in reaches(path, "kowis_data")} <= {
        "kowis_data.settings",
        "kowis_data.settings.STATIC_GEOMETRY",
    }
    assert [text for text in texts(path) if SQL.search(text)] == []


@pytest.mark.parametrize("path", of("kowis_data", "queries", "workspace"), ids=name_of)
def test_nothing_below_knows_of_reports(path):
    assert reaches(path, "reports") == set()


@pytest.mark.parametrize("path", of("kowis_data", "workspace"), ids=name_of)
def test_the_arrow_never_runs_back(path):
    assert reaches(path, "queries") == set()


PURE = ["kowis_data", "clustering"]


@pytest.mark.parametrize("path", sorted((PROJECT / "kowis_data" / "clustering").rglob("*.py")), ids=name_of)
def test_the_mathematics_of_clusters_is_pure(path):
    assert reaches(path, "duckdb", "pathlib", "os", "queries", "workspace") == set()
    outside = {module for module in reaches(path, "kowis_data") if module.split(".")[:2] != PURE}
    assert outside == set()


@pytest.mark.parametrize("path", of("queries"), ids=name_of)
def test_queries_read_the_database_and_nothing_else(path):
    # The one exception: mathematics that knows neither database nor files.
    inside = {module for module in reaches(path, "kowis_data", "workspace") if module.split(".")[:2] != PURE}
    assert inside == set()
    written = re.compile(r"\b(INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (OR REPLACE )?TABLE|DROP|ALTER)\b")
    assert [text for text in texts(path) if written.search(text)] == []


SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT INTO|DELETE FROM|GROUP BY|ORDER BY|LEFT JOIN)\b", re.DOTALL)


@pytest.mark.parametrize("path", of("ui", "pages", "app.py"), ids=name_of)
def test_no_sql_on_the_screen(path):
    assert [text for text in texts(path) if SQL.search(text)] == []
    if path.name != "atlas.py":  # the door to the database
        assert reaches(path, "duckdb") == set()


@pytest.mark.parametrize("path", of("pages"), ids=name_of)
def test_pages_only_arrange(path):
    inside = {module for module in reaches(path, "kowis_data") if not module.startswith("kowis_data.import_files")}
    assert inside == set()
    assert reaches(path, "plotly", "pydeck") == set()


@pytest.mark.parametrize("path", [path for path in MODULES if path.stat().st_size], ids=name_of)
def test_every_module_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.name == "__main__.py" and len(tree.body) <= 3:
        return
    assert ast.get_docstring(tree), f"{name_of(path)} has no docstring"


ELSEWHERE = re.compile(r"https?://(?!www\.govdata\.de|localhost)\S+", re.IGNORECASE)


@pytest.mark.parametrize("path", of("ui", "pages", "queries", "app.py"), ids=name_of)
def test_no_address_of_another_machine_in_what_draws(path):
    assert [text for text in texts(path) if ELSEWHERE.search(text)] == []


@pytest.mark.parametrize("path", of("ui", "pages", "app.py"), ids=name_of)
def test_no_map_that_fetches_tiles_or_fonts(path):
    source = path.read_text(encoding="utf-8")
    for word in ("map_style", "mapbox", "carto", "openstreetmap", "st.map(", '"open-street-map"', 'white-bg"'):
        assert word not in source.replace('"white-bg" names a font server', ""), word


def test_settings_of_streamlit():
    config = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["server"]["enableStaticServing"] is True
    assert config["client"]["toolbarMode"] == "minimal"
    assert config["client"]["showErrorDetails"] in ("none", False)
    assert "://" not in str(config["theme"])  # no font from elsewhere


def test_every_page_is_in_the_menu():
    menu = (PROJECT / "ui" / "navigation.py").read_text(encoding="utf-8")
    for path in (PROJECT / "pages").glob("*.py"):
        assert f"pages/{path.name}" in menu, path.name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_code_holds_no_leftovers(path):
    source = path.read_text(encoding="utf-8")
    for word in ("breakpoint()", "pdb.set_trace", "TODO", "FIXME", "XXX"):
        assert word not in source, word
    if path.parent.name in ("pages", "ui", "queries"):
        calls = [
            node.func.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert "print" not in calls
