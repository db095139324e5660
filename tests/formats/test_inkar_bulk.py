"""INKAR bulk file: real values in the real layouts, small hand-made files for traps, and damage."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.formats import inkar_bulk as reader
from kowis_data.formats.inkar_names import feature_of, period_of, region_id
from kowis_data.formats.reading import VALUE_COLUMNS, FormatError
from tests.formats.helpers import sample_of

HEAD_2024 = "Bereich;ID;Kuerzel;Indikator;Raumbezug;Kennziffer;Name;Zeitbezug;Wert"
HEAD_2021 = "Bereich;ID;Indikator;Raumbezug;Kennziffer;Kennziffer_EU;Name;Zeitbezug;Wert"
UNITS_2024 = "Gemeindeverbände (Verwaltungsgemeinschaft)"


def row_2024(value="48,66", *, key="08426014", level="Gemeinden", period="2019", area="Siedlungsstruktur", **more):
    cells = {"id": "11004", "kuerzel": "q_bev_fl", "title": "Einwohnerdichte", "name": "Bad Schussenried"} | more
    return ";".join([area, cells["id"], cells["kuerzel"], cells["title"], level, key, cells["name"], period, value])


def row_2021(value="161,00", *, key="8426902", level="Gemeindeverbände", period="2019", **more):
    cells = {"area": "Siedlungsstruktur", "id": "299", "title": "Einwohnerdichte", "name": "VVG"} | more
    return ";".join([cells["area"], cells["id"], cells["title"], level, key, "", cells["name"], period, value])


class Read:
    """A file that was read, with the connection that holds its tables."""

    def __init__(self, path: Path):
        self.path = path
        self.con = duckdb.connect()
        sample = sample_of(path)
        self.recognition = reader.recognise(sample)
        assert self.recognition is not None
        self.reading = reader.read(sample, self.recognition, self.con)

    def values(self, condition="true"):
        """feature, level, region_id, period, value as tuples."""
        return self.con.execute(
            f"SELECT feature, level, region_id, period, value FROM inkar_values WHERE {condition} ORDER BY ALL"
        ).fetchall()

    def one(self, sql):
        return self.con.execute(sql).fetchall()[0]

    @property
    def reasons(self):
        refused = self.reading.refused
        return list(zip(refused["line"], refused["reason"], strict=True))


def written(tmp_path, *rows, head=HEAD_2024, encoding="utf-8", end="\n", last=True):
    path = tmp_path / "inkar.csv"
    path.write_bytes((end.join([head, *rows]) + (end if last else "")).encode(encoding))
    return path


def read(tmp_path, *rows, **how):
    return Read(written(tmp_path, *rows, **how))


@pytest.fixture(scope="session")
def edition(official_data, tmp_path_factory):
    """Write the bulk file of an edition in the published layout, for some levels and subject areas."""

    def write(year, *options):
        path = tmp_path_factory.mktemp("inkar") / f"inkar_{year}.csv"
        tool = official_data.parents[1] / "tools" / "inkar_bulk.py"
        subprocess.run([sys.executable, tool, year, path, *options], check=True, capture_output=True)
        return path

    return write


@pytest.fixture(scope="session")
def bulk_2024(edition):
    bulk = Read(edition("2024", "--areas", "siedlungsstruktur,europa,medizinische_und_soziale_versorgung"))
    yield bulk
    bulk.con.close()


@pytest.fixture(scope="session")
def bulk_2021(edition):
    bulk = Read(edition("2021", "--areas", "siedlungsstruktur,verkehr_und_erreichbarkeit,europa"))
    yield bulk
    bulk.con.close()


# --- The published layouts -------------------------------------------------------------------------------------


@pytest.mark.official
@pytest.mark.parametrize(
    ("feature", "level", "region", "period", "value"),
    [
        ("q_bev_fl", "municipality", "08426014", "2021", 162.24),
        ("q_bevsva_qkm", "municipality", "08426014", "2021", 238.59),
        ("q_bev_fl", "unit", "084265002", "2021", 121.33),
        ("q_bevsva_qkm", "unit", "084265002", "2019", 165.23),
        ("q_bev_fl", "municipality", "05758036", "2019", 238.92),
        ("q_bev_fl", "municipality", "12068117", "2021", 33.1),
        # Kreise are written 08426000, the Bund 111; Land 01 shares its Kennziffer with IHK Aachen (360.53).
        ("q_bev_fl", "county", "08426", "2021", 144.19),
        ("q_bev_fl", "state", "01", "2019", 183.78),
        ("q_bev_fl", "country", "DG", "2022", 235.91),
        ("q_ärzte_bev", "country", "DG", "2020", 14.63),
    ],
)
def test_values_of_2024(bulk_2024, feature, level, region, period, value):
    where = f"feature = '{feature}' AND level = '{level}' AND region_id = '{region}' AND period = '{period}'"
    assert bulk_2024.values(where) == [(feature, level, region, period, value)]


@pytest.mark.official
@pytest.mark.parametrize(
    ("feature", "level", "region", "period", "value"),
    [
        ("q_bev_fl", "unit", "alt:08426902", "2019", 118.98),
        ("q_bev_fl", "unit", "alt:05758036", "2019", 238.92),
        ("q_pendlersaldo", "unit", "alt:10042115", "2019", 23.37),
        ("q_pendlersaldo", "unit", "alt:08426902", "2019", -9.52),
        ("q_pendlersaldo", "county", "08426", "2018", -3.28),
        # 1001 is Flensburg under Kreise and Saar under Raumordnungsregionen (383.84).
        ("q_bev_fl", "county", "01001", "2019", 1700.57),
        ("P01_PRIM_DIST", "county", "01001", "2016-2018", 602.0),
        ("P01_PRIM_DIST", "country", "DG", "2016-2018", 1030.0),
    ],
)
def test_values_of_2021(bulk_2021, feature, level, region, period, value):
    where = f"feature = '{feature}' AND level = '{level}' AND region_id = '{region}' AND period = '{period}'"
    ((*key, found),) = bulk_2021.values(where)
    assert key == [feature, level, region, period]
    assert found == pytest.approx(value)


@pytest.mark.official
def test_all_of_2024_is_there_once(bulk_2024):
    """Rows, regions and sums per level, counted independently of the reader."""
    expected = bulk_2024.con.execute(f"""
        WITH row AS (
            SELECT DISTINCT Kuerzel, Raumbezug, Kennziffer, Zeitbezug, replace(Wert, ',', '.')::DOUBLE AS value
            FROM read_csv('{bulk_2024.path}', delim = ';', all_varchar = true)
            WHERE Raumbezug IN ('Gemeinden', '{UNITS_2024}', 'Kreise', 'Bundesländer', 'Bund')
        )
        SELECT count(*), count(DISTINCT Kennziffer), round(sum(value)) FROM row GROUP BY Raumbezug ORDER BY ALL
    """).fetchall()
    found = bulk_2024.con.execute("""
        SELECT count(*), count(DISTINCT region_id), round(sum(value)) FROM inkar_values GROUP BY level ORDER BY ALL
    """).fetchall()
    assert found == expected
    assert len(found) == 5


@pytest.mark.official
@pytest.mark.parametrize("edition_read", ["bulk_2024", "bulk_2021"])
def test_every_row_is_accounted_for(edition_read, request):
    bulk = request.getfixturevalue(edition_read)
    reading = bulk.reading
    used = bulk.one("SELECT count(*) FROM inkar_observation")[0]
    repeated = sum(int(note.split()[0]) for note in reading.notes if "wiederholen" in note)
    other = reading.tables["other_levels"]
    assert used + repeated + other["rows"].sum() == reading.rows_read
    lines = bulk.one(f"SELECT count(*) FROM read_csv('{bulk.path}', delim = ';', all_varchar = true)")[0]
    assert reading.rows_read == lines
    assert reading.refused.empty
    assert {"NUTS2", "IHK-Bezirke", "Kreisregionen"} <= set(other["spatial_reference"])


@pytest.mark.official
def test_every_region_has_its_name_and_every_row_its_columns(bulk_2024):
    assert bulk_2024.one("SELECT count(*) FILTER (region_name IS NULL), count(*) FROM inkar_region")[0] == 0
    assert bulk_2024.one("SELECT region_name FROM inkar_region WHERE region_id = '084265002'") == (
        "VVG der Stadt Bad Schussenried",
    )
    columns = [row[0] for row in bulk_2024.con.execute("DESCRIBE inkar_values").fetchall()]
    assert columns == list(VALUE_COLUMNS)


@pytest.mark.official
def test_one_indicator_per_kuerzel(bulk_2024):
    features = bulk_2024.reading.features
    assert features["feature"].is_unique
    assert features.set_index("feature").loc["q_bev_fl", "title"] == "Einwohnerdichte"
    ids = bulk_2024.reading.tables["inkar_feature"].query("feature == 'q_bev_fl'")["id"]
    assert sorted(ids) == [11004, 15109, 17501]


@pytest.mark.official
def test_same_indicator_in_both_editions(bulk_2024, bulk_2021):
    shared = set(bulk_2024.reading.features["feature"]) & set(bulk_2021.reading.features["feature"])
    assert {"q_bev_fl", "q_bevsva_qkm", "a_bevd150_", "a_bevMZ", "a_bevOZ"} <= shared


# --- Traps -------------------------------------------------------------------------------------------------------


def test_observations_are_sorted_and_small(tmp_path):
    bulk = read(tmp_path, row_2024("2,0", kuerzel="b"), row_2024("1,0", kuerzel="a"), row_2024("3,0", key="01001000"))
    assert bulk.con.execute("FROM inkar_observation").fetchall() == [(0, 1, 0, 1.0), (1, 1, 0, 2.0), (2, 0, 0, 3.0)]


def test_lost_leading_zeros_come_back(tmp_path):
    bulk = read(
        tmp_path,
        row_2024("1,0", key="1001000"),
        row_2024("2,0", key="1001", level="Kreise"),
        row_2024("3,0", key="1", level="Bundesländer"),
        row_2024("4,0", key="10010000", level=UNITS_2024),
        row_2024("5,0", key="160775050", level=UNITS_2024),
    )
    regions = {(level, region): value for _, level, region, _, value in bulk.values()}
    assert regions == {
        ("municipality", "01001000"): 1.0,
        ("county", "01001"): 2.0,
        ("state", "01"): 3.0,
        ("unit", "010010000"): 4.0,
        ("unit", "160775050"): 5.0,
    }


def test_old_unit_keys_are_marked_for_translation(tmp_path):
    bulk = read(tmp_path, row_2021("161,71"), row_2021("1,0", key="16077950"), head=HEAD_2021)
    assert [row[2] for row in bulk.values()] == ["alt:08426902", "alt:16077950"]
    assert any("achtstelligen" in note for note in bulk.reading.notes)


def test_same_key_means_another_region_under_another_level(tmp_path):
    bulk = read(
        tmp_path, row_2024("1,0", key="01", level="Bundesländer"), row_2024("2,0", key="01", level="IHK-Bezirke")
    )
    assert bulk.values() == [("q_bev_fl", "state", "01", "2019", 1.0)]
    assert bulk.reading.tables["other_levels"].values.tolist() == [["IHK-Bezirke", 1]]


def test_kuerzel_na_is_no_kuerzel(tmp_path):
    bulk = read(
        tmp_path,
        row_2024("1,0", kuerzel="NA", title="Bahnhöfe"),
        row_2024("2,0", kuerzel="NA", title="Häfen"),
        row_2024("3,0", kuerzel="", title="Ufer", key="05758036"),
    )
    assert [row[0] for row in bulk.values()] == ["inkar_bahnhoefe", "inkar_haefen", "inkar_ufer"]


def test_kuerzel_with_two_meanings_becomes_two_indicators(tmp_path):
    """q_gest_bev is tax power, and road deaths in the Bereich Europa."""
    first = [row_2024(f"{n},5", key=f"0842601{n}", kuerzel="q_gest_bev", title="Steuerkraft", id="9001") for n in "123"]
    second = [
        row_2024(f"0,{n}", key=f"0842601{n}", kuerzel="q_gest_bev", title="Getötete", id="17602", area="Europa")
        for n in "123"
    ]
    bulk = read(tmp_path, *second, *first)
    assert bulk.values("region_id = '08426012'") == [
        ("q_gest_bev", "municipality", "08426012", "2019", 2.5),
        ("q_gest_bev_europe", "municipality", "08426012", "2019", 0.2),
    ]
    assert any("zwei Indikatoren" in note and "Getötete" in note for note in bulk.reading.notes)
    titles = bulk.reading.features.set_index("feature")["title"].to_dict()
    assert titles == {"q_gest_bev": "Steuerkraft", "q_gest_bev_europe": "Getötete"}


def test_ids_that_complete_each_other_are_joined(tmp_path):
    rows = [
        row_2024("1,0"),
        row_2024("1,0", id="15109", area="ZOM"),
        row_2024("2,0", id="15109", area="ZOM", period="2020"),
    ]
    bulk = read(tmp_path, *rows)
    assert [row[3:] for row in bulk.values()] == [("2019", 1.0), ("2020", 2.0)]


def test_binary_fractions_are_no_contradiction(tmp_path):
    bulk = read(tmp_path, row_2024("161,71"), row_2024("161,70999999999998", id="15109", area="ZOM"))
    assert [row[4] for row in bulk.values()] == [pytest.approx(161.71)]
    assert bulk.reading.refused.empty


def test_contradictory_rows_are_refused_with_their_lines(tmp_path):
    plain = [row_2024("1,0", key=f"05{n:06}") for n in range(758000, 758200)]
    bulk = read(tmp_path, *plain, row_2024("7,0"), row_2024("8,0"))
    assert bulk.values("region_id = '08426014'") == []
    assert [line for line, _ in bulk.reasons] == [202, 203]
    assert "verschiedenen Werten" in bulk.reasons[0][1]
    assert len(bulk.values()) == 200


def test_repeated_row_counts_once(tmp_path):
    bulk = read(tmp_path, row_2024("7,0"), row_2024("7,0"))
    assert [row[4] for row in bulk.values()] == [7.0]
    assert bulk.reading.refused.empty


def test_a_title_in_another_area_is_another_indicator(tmp_path):
    """Without Kuerzel: "Krankenhausbetten" is a rate in the main part, a count in ZOM."""
    bulk = read(
        tmp_path,
        row_2021("6,1", title="Krankenhausbetten", area="Medizinische und soziale Versorgung"),
        row_2021("90,0", title="Krankenhausbetten", area="ZOM", id="481"),
        head=HEAD_2021,
    )
    assert [(row[0], row[4]) for row in bulk.values()] == [("inkar_zom_krankenhausbetten", 90.0), ("q_betten_bev", 6.1)]


def test_missing_values_are_counted_not_kept(tmp_path):
    bulk = read(tmp_path, row_2024(""), row_2024("NA", period="2018"), row_2024("0,0", period="2017"))
    assert [row[3:] for row in bulk.values()] == [("2017", 0.0)]
    assert "2 Zeilen ohne Wert ausgelassen." in bulk.reading.notes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path, encoding, end):
    row = row_2024(
        "1,5", level=UNITS_2024, key="084265002", kuerzel="q_ärzte_bev", name="Höhe – 5 €", title="Ärzte – €"
    )
    bulk = read(tmp_path, row, encoding=encoding, end=end)
    assert bulk.one("SELECT feature, level, region_name, value FROM inkar_values") == (
        "q_ärzte_bev",
        "unit",
        "Höhe – 5 €",
        1.5,
    )
    assert bulk.reading.features["title"].tolist() == ["Ärzte – €"]


@pytest.mark.parametrize("shift", range(4))
def test_sample_cut_within_a_character(tmp_path, shift):
    """The 65,536th byte lies within the only letter of the sample that is not ASCII."""
    before = len("\n".join([HEAD_2024, *GOOD, row_2024(name="|").split("|")[0]]))
    name = "x" * (reader.SAMPLE_BYTES - before - shift) + "ä"
    bulk = read(tmp_path, *GOOD, row_2024("7,0", name=name, period="2019"))
    assert bulk.recognition.details["Zeichensatz"] == "UTF-8"
    assert len(bulk.values()) == 11


def test_latin_1_that_only_shows_far_into_the_file(tmp_path):
    plain = [row_2024("1,0", key=f"05{n:06}", name="X") for n in range(100000, 101500)]
    bulk = read(tmp_path, *plain, row_2024("2,0", name="Höchst"), encoding="cp1252")
    assert bulk.one("SELECT region_name FROM inkar_values WHERE value = 2.0") == ("Höchst",)
    assert bulk.one("SELECT count(*) FROM inkar_values") == (1501,)


def test_one_broken_character_does_not_turn_the_file_into_another_encoding(tmp_path):
    path = written(tmp_path, row_2024("1,0", kuerzel="q_ärzte_bev", title="Ärzte"), row_2024("2,0", name="Ä"))
    path.write_bytes(path.read_bytes().replace("Ä;2019".encode(), b"\xc4;2019"))
    bulk = Read(path)
    assert bulk.values() == [("q_ärzte_bev", "municipality", "08426014", "2019", 1.0)]
    assert [(line, "Zeichensatz" in reason) for line, reason in bulk.reasons] == [(3, True)]


def test_lines_behind_rows_that_cannot_be_read(tmp_path):
    bad = [row_2024() + ";1", row_2024("inf"), row_2024() + ";1;2", row_2024("x"), row_2024(key="?")]
    bulk = read(tmp_path, *bad, *GOOD)
    assert [line for line, _ in bulk.reasons] == [2, 3, 4, 5, 6]


def test_quoted_fields_and_capitals(tmp_path):
    row = '"Bereich";"1";"a";"Titel; mit ""Zeichen""";"KREISE";"01001";"Flensburg; Stadt";"2019";"1,5"'
    bulk = read(tmp_path, row)
    assert bulk.values() == [("a", "county", "01001", "2019", 1.5)]
    assert bulk.reading.features["title"].tolist() == ['Titel; mit "Zeichen"']


def test_columns_in_another_order_are_found_by_name(tmp_path):
    order = [8, 7, 6, 5, 4, 3, 2, 1, 0]
    swap = lambda line: ";".join(line.split(";")[i] for i in order)  # noqa: E731
    bulk = read(tmp_path, swap(row_2024("1,5")), head=swap(HEAD_2024))
    assert bulk.values() == [("q_bev_fl", "municipality", "08426014", "2019", 1.5)]


def test_path_with_signs_of_patterns(tmp_path):
    path = tmp_path / "inkar [2024]*'(1).csv"
    written(tmp_path, row_2024("1,5")).rename(path)
    assert Read(path).values() == [("q_bev_fl", "municipality", "08426014", "2019", 1.5)]


def test_reading_twice_on_one_connection(tmp_path):
    path = written(tmp_path, row_2024("1,5"), row_2024("x,5", period="2018"))
    bulk = Read(path)
    again = reader.read(sample_of(path), bulk.recognition, bulk.con)
    assert bulk.one("SELECT count(*) FROM inkar_values") == (1,)
    assert again.refused.equals(bulk.reading.refused)
    assert bulk.one("SELECT current_setting('preserve_insertion_order')") == (True,)


def test_nothing_is_written_into_the_database_itself(tmp_path):
    """The import core decides what goes into the file; the reader leaves temporary tables only."""
    path = written(tmp_path, row_2024("1,5"))
    with duckdb.connect(tmp_path / "atlas.duckdb") as con:
        sample = sample_of(path)
        reading = reader.read(sample, reader.recognise(sample), con)
        assert con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall() == []
        assert con.execute(f"SELECT count(*) FROM {reading.values}").fetchall() == [(1,)]


# --- Damage --------------------------------------------------------------------------------------------------------

GOOD = [row_2024("1,0", period=str(year)) for year in range(2000, 2010)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row_2024("12.5"), "Wert"),
        (row_2024("1.234,5"), "Wert"),
        (row_2024("abc"), "Wert"),
        (row_2024("-"), "Wert"),
        (row_2024("=1+1"), "Wert"),
        (row_2024("nan"), "keine mögliche Zahl"),
        (row_2024("inf"), "keine mögliche Zahl"),
        (row_2024("1e400"), "keine mögliche Zahl"),
        (row_2024("99999999999999999999,0"), "keine mögliche Zahl"),
        (row_2024(key="842601X"), "kein Schlüssel"),
        (row_2024(key=""), "kein Schlüssel"),
        (row_2024(key="99426014"), "passt nicht"),
        (row_2024(key="084260140"), "passt nicht"),
        (row_2024(key="8426014.4"), "passt nicht"),
        (row_2024(key="-8426014"), "passt nicht"),
        (row_2024(period=""), "Zeitbezug"),
        (row_2024(period="8,12"), "Zeitbezug"),
        (row_2024(period="20199"), "Zeitbezug"),
        (row_2024(level=""), "Raumbezug fehlt"),
        (row_2024(kuerzel="", title=""), "Indikator fehlt"),
        (row_2024(id="x1"), "ID"),
        ("Siedlungsstruktur;11004;q_bev_fl", "zu wenige"),
        (row_2024() + ";1", "zu viele"),
    ],
)
def test_bad_row_is_refused_and_the_rest_is_read(tmp_path, bad, reason):
    bulk = read(tmp_path, *GOOD[:5], bad, *GOOD[5:])
    assert len(bulk.values()) == 10
    ((line, found),) = bulk.reasons
    assert line == 7
    assert reason in found
    assert bulk.reading.rows_read == 11
    excerpt = bulk.reading.refused["excerpt"].iloc[0]
    assert excerpt.strip() and excerpt.split(";")[0] in bad


@pytest.mark.parametrize("cut", [1, 2, 5, 12, 40, 70])
def test_cut_file_never_gives_a_cut_value(tmp_path, cut):
    path = written(tmp_path, *GOOD, row_2024("123,45", period="2018"))
    path.write_bytes(path.read_bytes()[:-cut])
    bulk = Read(path)
    assert {row[4] for row in bulk.values()} == {1.0}
    assert [line for line, _ in bulk.reasons] == [12]


def test_cut_within_other_levels(tmp_path):
    bulk = read(tmp_path, *GOOD, row_2024("1,0", key="AT11", level="NUTS2"), last=False)
    assert len(bulk.values()) == 10
    assert "abgeschnitten" in bulk.reasons[0][1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEAD_2024.replace(";", ",") + "\n" + "a,1,b,c,Kreise,01001,d,2019,1\n", "trennt"),
        (HEAD_2024.replace(";", "\t") + "\n", "trennt"),
        (HEAD_2024.removesuffix(";Wert") + "\n" + row_2024().rsplit(";", 1)[0] + "\n", "keinem bekannten Layout"),
        (HEAD_2024 + ";Einheit\n" + row_2024() + ";km\n", "keinem bekannten Layout"),
        (HEAD_2024 + "\n", "keine passenden Datenzeilen"),
        (HEAD_2024 + "\n" + "\n".join(row_2021() + ";;" for _ in "ab"), "keine passenden Datenzeilen"),
        (HEAD_2024 + "\n" + "\n".join(["x;y"] * 9), "keine passenden Datenzeilen"),
        (HEAD_2024 + "\n" + "\n".join([row_2024("12.5")] * 9), "Spalte „Wert“"),
        (HEAD_2024 + "\n" + "\n".join([row_2024(period="8,12")] * 9), "Spalte „Zeitbezug“"),
        (HEAD_2024 + "\n" + "\n".join([row_2024(id="q")] * 9), "Spalte „ID“"),
        (HEAD_2024 + "\n" + "\n".join([row_2024(level="17")] * 9), "Spalte „Raumbezug“"),
    ],
)
def test_damaged_file_is_refused_on_sight(tmp_path, content, message):
    path = tmp_path / "inkar.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=message) as caught:
        reader.recognise(sample_of(path))
    assert caught.value.expected and caught.value.advice


def test_unknown_layout_names_the_known_ones(tmp_path):
    path = written(tmp_path, head=HEAD_2024.replace("Kuerzel", "Kode"))
    with pytest.raises(FormatError, match=r"Layout 2021.*Layout 2024"):
        reader.recognise(sample_of(path))


def test_utf_16_is_named(tmp_path):
    with pytest.raises(FormatError, match="UTF-16"):
        reader.recognise(sample_of(written(tmp_path, row_2024(), encoding="utf-16")))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"<!DOCTYPE html><html><body>Raumbezug;Kennziffer</body></html>",
        b"AGS;Name;Wert\n01001000;Flensburg;1\n",
        b"GENESIS-Tabelle: 12411-01-01-5\n",
        bytes(range(256)) * 4,
    ],
)
def test_other_files_are_left_to_others(tmp_path, content):
    path = tmp_path / "inkar_2024.csv"
    path.write_bytes(content)
    assert reader.recognise(sample_of(path)) is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*GOOD, row_2024(name='"offen'), *GOOD], "Anführungszeichen"),
        ([row_2024("1,0", level="NUTS2", key="AT11")] * 3, "keine Ebene"),
        ([row_2024("99999999999999999999,0")] * 3, "keine Zeile verwendbar"),
        ([row_2024(key="")] * 3, "keine Zeile verwendbar"),
        ([row_2024("")] * 3, "keine Zeile verwendbar"),
    ],
)
def test_useless_file_is_refused_while_reading(tmp_path, rows, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, *rows)


def test_mixed_line_ends_are_refused_or_read_in_full(tmp_path):
    path = tmp_path / "inkar.csv"
    path.write_bytes((HEAD_2024 + "\n" + "\r\n".join(GOOD) + "\n").encode())
    with pytest.raises(FormatError, match="Zeilenenden"):
        Read(path)


def test_too_many_keys_are_refused(tmp_path):
    keys = (f"{n:08}" for n in range(1_000_000, 1_060_010))
    with pytest.raises(FormatError, match="zu viele verschiedene Kennziffern"):
        read(tmp_path, *(row_2024("1,0", key=key) for key in keys))


# --- Names, keys, periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2019", "2019"),
        (" 2019 ", "2019"),
        ("2010 bis 2019", "2010-2019"),
        ("2014-2019", "2014-2019"),
        ("2016/2017/2018", "2016-2018"),
        ("2019/20", "2019-2020"),
        ("Stand 30.06.2019", "Stand 30.06.2019"),
        ("2019-2014", None),
        ("8,12", None),
        ("2019,5", None),
        ("1066", None),
        ("15604", None),
        ("", None),
        (None, None),
    ],
)
def test_periods(text, period):
    assert period_of(text) == period


@given(st.floats(allow_nan=False, min_value=-1e14, max_value=1e14), st.booleans())
def test_numbers_come_back_as_written(tmp_path_factory, number, with_quotes):
    """Any number, written with a decimal comma, is read exactly."""
    text = repr(number).replace(".", ",")
    value = f'"{text}"' if with_quotes else text
    bulk = read(tmp_path_factory.mktemp("number"), row_2024(value))
    assert [row[4] for row in bulk.values()] == [number]


@given(st.sampled_from(["municipality", "county", "state"]), st.data())
def test_keys_survive_the_loss_of_their_zero(level, data):
    width = {"municipality": 6, "county": 3, "state": 0}[level]
    state = data.draw(st.integers(1, 16))
    rest = data.draw(st.integers(0, 10**width - 1)) if width else ""
    key = f"{state:02}" + (f"{rest:0{width}}" if width else "")
    if not (level == "county" and len(key) >= 7):
        assert region_id(level, key, old_unit_keys=False) == key
        assert region_id(level, str(int(key)), old_unit_keys=False) == key


def test_titles_of_the_table_exports_lead_to_the_same_indicator():
    assert feature_of("Einwohnerdichte") == "q_bev_fl"
    assert feature_of("sozialversicherungspflichtig Beschäftigte am Wohnort") == "svw"
    assert feature_of("Einwohnerdichte", kuerzel="NA") == "q_bev_fl"
    assert feature_of("Krankenhausbetten", long_title="Anzahl Krankenhausbetten") == "inkar_anzahl_krankenhausbetten"
    assert feature_of("Krankenhausbetten", long_title="Krankenhausbetten je 1.000 Einwohner") == "q_betten_bev"
    # Defined anew between 2021 and 2024: must not be linked to a_GSa.
    assert feature_of("Empfänger von Grundsicherung im Alter (Altersarmut)").startswith("inkar_")
