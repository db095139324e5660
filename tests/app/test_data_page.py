"""The page "Daten und Quellen" with files: dropped, looked at, confirmed, imported, reported, undone."""

from __future__ import annotations

import socket
import threading
import time
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from kowis_data import import_files
from kowis_data.fetching import settings
from kowis_data.formats.generic_mapping import Mapping, ValueColumn
from tests.app.test_pages import assert_sound, open_page, words
from tests.imports.registers import shipped, write_gv100ad
from tests.imports.test_import_files import TABLE as GENESIS
from tests.imports.test_own_tables import TABLE as OWN
from ui import background, mapping_form, uploads
from workspace.mappings import keep_mapping, kept_mapping


@pytest.fixture(autouse=True)
def database(own_database, monkeypatch):
    """A database of its own for each test: they change it."""
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    return own_database


def drop(*files: tuple[str, str]) -> AppTest:
    at = open_page("daten", bereich="Dateien einlesen")
    return at.file_uploader[0].set_value([(name, text.encode(), "text/csv") for name, text in files]).run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if label in button.label).click().run()


def finished(at: AppTest, database) -> AppTest:
    """The page after the work in the background has ended."""
    deadline = time.monotonic() + 60
    while background.board(str(database)).running():
        assert time.monotonic() < deadline, "the import does not end"
        time.sleep(0.05)
    return at.run()


@pytest.mark.parametrize(
    ("date", "offered"), [("20251231", True), ("20231231", False)], ids=["newer", "older"]
)
def test_a_newer_register_asks_before_it_replaces_todays_towns(tmp_path, monkeypatch, date, offered):
    tables = {name: table[table["state_id"] == "10"] for name, table in shipped().items() if name != "units"}
    units = shipped()["units"]
    path = write_gv100ad(tmp_path / "gv.txt", tables | {"units": units[units["unit_id"].str[:2] == "10"]}, date)
    started = {}
    monkeypatch.setattr(import_files, "import_previews", lambda *about, **named: started.update(named))
    at = drop(("gv.txt", path.read_text(encoding="utf-8")))
    boxes = [box for box in at.checkbox if "Gebietsstand" in box.label]
    assert len(boxes) == offered
    if not offered:
        assert_sound(at, "nicht neuer als der heutige Gebietsstand 30.06.2024")
        return
    assert boxes[0].label == "Den Gebietsstand 30.06.2024 durch 31.12.2025 ersetzen („gv.txt“)"
    assert not boxes[0].value
    boxes[0].check().run()
    press(at, "1 Datei einlesen")
    deadline = time.monotonic() + 60
    while not started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert started == {"replace_territory": True}


def labels(at: AppTest) -> list[str]:
    return [expander.label for expander in at.expander]


def test_own_table_from_drop_to_undo(database):
    at = drop(("laeden.csv", OWN))
    assert_sound(at, "Eigene Tabelle", "4 von 6 Schlüsseln passen", "Neuenkirchen", "Nirgendheim")
    button = next(button for button in at.button if "einlesen" in button.label)
    assert button.disabled
    at.checkbox[0].check().run()
    at = finished(press(at, "1 Datei einlesen"), database)
    assert_sound(at, "Bericht zum letzten Import", "Läden [eigene Tabelle]", "Nicht übertragbare Gebiete")
    assert at.file_uploader[0].value in (None, [])
    # What was imported is in the catalogue at once, with the provenance that was stated.
    assert_sound(
        open_page("daten", merkmal="Leerstand [eigene Tabelle]"), "Leerstand [eigene Tabelle]", "veröffentlicht"
    )
    at = press(at, "Ja, zurücknehmen")
    assert "Bericht zum letzten Import" not in words(at)
    assert "Leerstand" not in words(open_page("daten"))


def test_changed_mapping_wants_confirming_again():
    at = drop(("laeden.csv", OWN))
    at.checkbox[0].check().run()
    assert not next(button for button in at.button if "einlesen" in button.label).disabled
    next(field for field in at.text_input if field.label == "Herausgeber").set_value("Stadtmarketing").run()
    assert not at.checkbox[0].value
    assert next(button for button in at.button if "einlesen" in button.label).disabled


def test_mapping_that_contradicts_itself_is_told():
    at = drop(("laeden.csv", OWN))
    period = next(box for box in at.selectbox if box.label == "Spalte mit dem Zeitraum")
    period.set_value("Gemeinde").run()
    assert "zweimal verwendet" in at.error[0].value and not at.checkbox


def test_official_and_damaged_file_together(database):
    at = drop(("12411.csv", GENESIS), ("seite.csv", "<!DOCTYPE html><html><body>500</body></html>"))
    assert "12411-01-01-5" in words(at) and "wird nicht eingelesen" in words(at)
    assert len(at.error) == 1 and "Abhilfe" in at.error[0].value
    at = finished(press(at, "1 Datei einlesen"), database)
    assert "Bericht zum letzten Import" in words(at)
    assert any("12411.csv – " in label for label in labels(at))
    log = next(box for box in at.selectbox if box.label == "Bericht öffnen")
    before = len(labels(at))
    log.select_index(0).run()
    assert len(labels(at)) > before


def test_files_are_recognised_once(monkeypatch):
    asked = []
    preview = import_files.preview
    monkeypatch.setattr(import_files, "preview", lambda *about: asked.append(about) or preview(*about))
    at = drop(("12411.csv", GENESIS))
    at.run()
    assert len(asked) == 1


def test_download_tab_names_every_source():
    at = open_page("daten", bereich="Aus dem Internet laden")
    assert_sound(at, "Nur hier geht der Atlas ins Internet", *(d.title.split(" ")[0] for d in import_files.downloads()))
    assert sum(button.label == "Laden" for button in at.button) == len(import_files.downloads())


def test_download_without_network_says_what_to_do(database, monkeypatch, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/a.zip"
    settings_file = tmp_path / "downloads.toml"
    settings_file.write_text(
        f'[amt]\ntitle = "Tabelle des Amts"\npublisher = "Amt"\naddress = "{address}"\n'
        'file_name = "a.zip"\nkind = "zip"\n'
        'licence = "dl-de/by-2-0"\nattribution = "© Amt"\nremark = "klein"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(settings, "DOWNLOADS_FILE", settings_file)
    at = open_page("daten", bereich="Aus dem Internet laden")
    assert_sound(at, "Tabelle des Amts", "noch nie")
    next(button for button in at.button if button.key == "laden_amt").click().run()
    at = finished(at, database)
    assert len(at.error) == 1 and "nimmt keine Verbindung an" in at.error[0].value and "Abhilfe" in at.error[0].value


def test_second_work_waits_and_everybody_sees_the_first(database):
    board, go_on = background.board(str(database)), threading.Event()

    def work(tell):
        tell(0.4, "zehn.csv wird gelesen")
        assert go_on.wait(30)
        raise OSError("kein Platz")

    assert board.start("import", "1 Datei wird eingelesen", work, (OSError,))
    assert not board.start("import", "noch eine", work, (OSError,))
    at = open_page("daten", bereich="Dateien einlesen")
    assert_sound(at, "1 Datei wird eingelesen")
    assert not at.file_uploader
    go_on.set()
    at = finished(at, database)
    assert "kein Platz" in at.error[0].value and at.file_uploader


def test_unexpected_error_is_no_traceback():
    board = background.Board()
    board.start("import", "x", lambda tell: 1 / 0, (OSError,))
    while board.running():
        time.sleep(0.01)
    assert board.last("import").error == background.UNEXPECTED


SUGGESTION = Mapping("AGS", "ags", [ValueColumn("Quote", "Quote", "%", "2022")])


def row(**changes) -> dict:
    return {
        "used": True,
        "column": "Quote",
        "title": "Leerstand",
        "unit_label": "%",
        "period": "2022",
        "reference_date": None,
        "aggregation": "none",
    } | changes


def test_form_becomes_mapping():
    answers = {"key_column": "AGS", "key_kind": "ags", "period_column": mapping_form.NONE, "title": " Erhebung "}
    found = mapping_form.mapping_from(SUGGESTION, answers, [row(unit_label=float("nan"))], ValueColumn)
    assert found.values == [ValueColumn("Quote", "Leerstand", "", "2022")]
    assert (found.title, found.period_column, found.provenance) == ("Erhebung", "", "veroeffentlicht")
    found.check()


def test_form_keeps_decimal_and_thousands_apart():
    found = mapping_form.mapping_from(SUGGESTION, {"decimal": "."}, [row()], ValueColumn)
    assert (found.decimal, found.thousands) == (".", ",")


def test_period_column_takes_over():
    answers = {"key_column": "AGS", "period_column": "Jahr"}
    rows = [row(reference_date="31.12.2022"), row(column="Jahr", title="Jahr")]
    found = mapping_form.mapping_from(SUGGESTION, answers, rows, ValueColumn)
    assert [(c.column, c.period, c.reference_date, c.used) for c in found.values] == [
        ("Quote", "", "", True),
        ("Jahr", "", "", False),
    ]


def test_kept_mappings(tmp_path):
    assert kept_mapping(tmp_path, ["a", "b"]) is None
    keep_mapping(tmp_path, ["a", "b"], "{}")
    assert kept_mapping(tmp_path, ["a", "b"]) == ("{}", date.today())
    assert kept_mapping(tmp_path, ["b", "a"]) is None
    next((tmp_path / "mappings").iterdir()).write_text("kaputt")
    assert kept_mapping(tmp_path, ["a", "b"]) is None


def test_kept_mapping_is_offered(tmp_path, monkeypatch, database):
    at = drop(("laeden.csv", OWN))
    next(field for field in at.text_input if field.label == "Herausgeber").set_value("Stadtmarketing").run()
    at.checkbox[0].check().run()
    finished(press(at, "1 Datei einlesen"), database)
    at = drop(("laeden-neu.csv", OWN + "Ingoldingen;Baden-Württemberg;1;1\n"))
    assert next(field for field in at.text_input if field.label == "Herausgeber").value == "Stadtmarketing"
    next(toggle for toggle in at.toggle if "Zuordnung" in toggle.label).set_value(False).run()
    assert next(field for field in at.text_input if field.label == "Herausgeber").value == "eigene Angaben"


def test_batch_lays_a_large_file_down_in_pieces():
    class Upload:
        file_id, name, taken = "1", "../gross.csv", 0

        def seek(self, place):
            pass

        def read(self, size):
            assert 0 < size <= 1 << 20
            self.taken += 1
            return b"x" * size if self.taken <= 3 else b""

    seen = []
    batch = uploads.Batch()
    batch.keep([Upload()], [], lambda paths, folder: seen.append((paths[0].name, paths[0].stat().st_size)) or ["found"])
    assert seen == [("gross.csv", 3 << 20)]
    assert batch.keep([], [], None) == {}


REGISTER = """Firma;E-Mail;WZ;Mitarbeiter;AGS
Kessler KG;e@m.de;25.11;120;05758036
Muster GmbH;m@m.de;XX;5;10042115
"""


def test_company_register_asks_about_persons_and_shows_no_rows_of_theirs(database):
    at = drop(("register.csv", REGISTER))
    assert_sound(at, "Unternehmensregister", "Das Register ersetzt das bisherige")
    assert not [block for block in at.code if "Kessler" in block.value]
    assert next(button for button in at.button if "einlesen" in button.label).disabled
    next(box for box in at.checkbox if "„E-Mail“" in box.label).check().run()
    next(box for box in at.selectbox if box.label == "Wirtschaftszweige").set_value("2008").run()
    at = finished(press(at, "1 Datei einlesen"), database)
    assert_sound(at, "Bericht zum letzten Import", "1 Unternehmen mit 120 Beschäftigten in 1 Einheit")
    assert_sound(at, "WZ-Code unbekannt")
