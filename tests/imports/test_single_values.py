"""Values read by eye in the official files, and what the atlas holds for them: every format, every trap of keys."""

from __future__ import annotations

import pytest

from kowis_data.catalogue import imported
from kowis_data.imports.features import _by_feature

pytestmark = pytest.mark.official

CLASSIC, FLAT, EXPORT, BULK = "genesis_classic", "genesis_ffcsv", "inkar_export", "inkar_bulk"
AUSZUG, GV100AD, BBSR, BROADBAND = "register_auszug_gv", "register_gv100ad", "bbsr_reference", "breitbandatlas"
POPULATION = "12411-01-01-5|Insgesamt"
AGE = "12411-02-03-5|Insgesamt|"
JOBS = "13111-01-03-5|"
UNEMPLOYED = "13211-01-03-5|Arbeitslose insgesamt"
ARRIVALS = "12711-01-03-5|Zuzüge über die Gemeindegrenzen|Insgesamt|Insgesamt"
DWELLINGS = "31121-01-02-5|Wohnungen|in Wohngebäuden|"
TOURISM = "45412-01-02-5|"

# format, code of the feature, level, region in the atlas, period, value or kind of missing
VALUES = [
    # GENESIS classic: 8 digits, kreisfreie Stadt 5, Hamburg 2, Rheinland-Pfalz 10, member of a Samtgemeinde 11
    (CLASSIC, POPULATION, "municipality", "05758036", "2011", 19131),
    (CLASSIC, POPULATION, "municipality", "01001000", "2015", 85942),
    (CLASSIC, POPULATION, "municipality", "02000000", "2010", 1786448),
    (CLASSIC, POPULATION, "municipality", "07131007", "2015", 27468),
    (CLASSIC, POPULATION, "municipality", "03151002", "2012", 1007),
    (CLASSIC, POPULATION, "unit", "031515401", "2015", 9910),
    (CLASSIC, POPULATION, "county", "01001", "2008", 88718),
    (CLASSIC, POPULATION, "state", "01", "2013", 2815955),
    (CLASSIC, POPULATION, "country", "DG", "2014", 81197537),
    # Dierfeld stands twice, under its former and its present association: the number counts, not the mark
    (CLASSIC, POPULATION, "municipality", "07231021", "2015", 12),
    (CLASSIC, AGE + "75 Jahre und mehr", "municipality", "08426014", "2015", 1004),
    (CLASSIC, AGE + "Insgesamt", "municipality", "10042115", "2015", 8351),
    (CLASSIC, AGE + "65 bis unter 75 Jahre", "county", "08426", "2015", 16561),
    (CLASSIC, ARRIVALS, "municipality", "15085228", "2015", 337),
    (CLASSIC, ARRIVALS, "municipality", "03151002", "2015", 43),
    (CLASSIC, JOBS + "Insgesamt|Insgesamt", "municipality", "08426014", "2015", 3622),
    (CLASSIC, JOBS + "Insgesamt|weiblich", "municipality", "07131007", "2015", 6052),
    (CLASSIC, JOBS + "Ausländer(innen)|Insgesamt", "municipality", "03151002", "2015", "nichts_vorhanden"),
    # the point means secret
    (CLASSIC, JOBS + "Ausländer(innen)|weiblich", "municipality", "01051019", "2015", "geheim"),
    (CLASSIC, UNEMPLOYED, "municipality", "10042115", "2016", 122),
    (CLASSIC, UNEMPLOYED, "municipality", "02000000", "2016", 70666),
    (CLASSIC, DWELLINGS + "Insgesamt", "municipality", "08426014", "2015", 30),
    (CLASSIC, DWELLINGS + "1 Wohnung", "municipality", "15085228", "2015", 2),
    (CLASSIC, TOURISM + "Gästeübernachtungen", "municipality", "15085228", "2015", 218723),
    (CLASSIC, TOURISM + "Angebotene Gästebetten", "municipality", "07131007", "2015", "geheim"),
    (CLASSIC, TOURISM + "Gästeankünfte", "municipality", "05758036", "2015", 30374),
    (CLASSIC, "71517-01-03-5|Bruttoeinnahmen der Gemeinden", "municipality", "08426014", "2014", 15984805),
    (CLASSIC, "71517-01-03-5|Bruttoeinnahmen der Gemeinden", "municipality", "10042115", "2014", "geheim"),
    # GENESIS flat: ARS with 12 digits, rows unsorted, decimal comma
    (FLAT, "1000A|PRS018", "municipality", "08426014", "2022", 8705),
    (FLAT, "1000A|PRS018", "municipality", "10042115", "2022", 9536),
    (FLAT, "1000A|PRS018", "municipality", "01001000", "2022", 95015),
    (FLAT, "99910|AI0111", "municipality", "08426014", "2023", 12.9),
    (FLAT, "99910|AI0111", "municipality", "01001000", "2023", 55.1),
    (FLAT, "12411|BEVSTD", "county", "08426", "2024", 207415),
    (FLAT, "12411|BEVSTD", "county", "10042", "2024", 108779),
    # registers: coordinates and areas as text, ARS parts in columns of their own, fixed width
    (AUSZUG, "population", "municipality", "10042115", "2021", 8872),
    (AUSZUG, "population", "municipality", "01001000", "2021", 91113),
    (AUSZUG, "population", "municipality", "08426014", "2023", 9277),
    (GV100AD, "population", "municipality", "10042115", "2022", 8992),
    (GV100AD, "population", "municipality", "08426014", "2022", 9118),
    # BBSR reference tables: keys as integers without leading zero
    (BBSR, "population", "municipality", "01001000", "2015", 85942),
    # INKAR exports: .xls and .xlsx, own keys of associations, 9 digits, county keys, thousands dots in the CSV
    (EXPORT, "alo", "municipality", "05758036", "1998", 820),
    (EXPORT, "alo", "municipality", "10042115", "2021", 92),
    (EXPORT, "q_svw", "unit", "084265002", "2019", 65.5),
    (EXPORT, "q_svw", "unit", "100420115", "2015", 21.1),
    (EXPORT, "q_einkst_bev", "unit", "150850228", "2019", 293.64),
    (EXPORT, "q_einkst_bev", "unit", "010010000", "1995", 302.74),
    (EXPORT, "svw", "county", "01001", "2021", 33142),
    (EXPORT, "inkar_haushaltseinkommen", "county", "01001", "2017", 1598),
    (EXPORT, "inkar_medianeinkommen", "county", "08426", "2017", 3716),
    (EXPORT, "q_alo", "county", "01001", "2017", 8.9),
    # INKAR bulk: 2024 with Kuerzel and all digits, 2021 with titles and without leading zeros
    (BULK, "q_bev_fl", "municipality", "08426014", "2021", 162.24),
    (BULK, "q_bevsva_qkm", "unit", "084265002", "2011", 147.37),
    (BULK, "q_bev_fl", "country", "DG", "2019", 232.59),
    (BULK, "q_übern_bev", "unit", "150850228", "2012", 20.78),
    (BULK, "q_schlafg_bev", "unit", "150850228", "2012", "unsicher"),
    (BULK, "m_übern", "unit", "084265002", "2021", 2.1),
    (BULK, "q_pendlersaldo", "unit", "084265002", "2019", -9.52),
    (BULK, "q_pendlersaldo", "unit", "057580036", "2019", -16.2),
    (BULK, "a_einp_sva", "unit", "010010000", "2019", 52.38),
    (BULK, "i_fz_oz", "unit", "084265002", "2020", 30.65),
    (BULK, "P01_PRIM_DIST", "unit", "084265002", "2016-2018", 1494),
    (BULK, "q_gest_bev", "unit", "084265002", "2019", 842.25),
    (BULK, "inkar_regionales_bevoelkerungspotenzial", "unit", "010010000", "2019", 19427.12),
    # Breitbandatlas: semicolon without decimals, comma with a decimal point
    (BROADBAND, "breitband_alle_ge_50_mbit", "municipality", "10042115", "2018-12", 81),
    (BROADBAND, "breitband_alle_ge_200_mbit", "municipality", "08426014", "2018-12", 54),
    (BROADBAND, "breitband_alle_ge_50_mbit", "municipality", "10042115", "2021-06", 87.59),
    (BROADBAND, "breitband_alle_ge_1000_mbit", "municipality", "01001000", "2021-06", 96.84),
]


def indicator_of(feature: str, format_id: str) -> str:
    curated = _by_feature()
    return curated[feature][0] if feature in curated else imported.automatic_id(feature, format_id)


@pytest.mark.parametrize(("format_id", "feature", "level", "region_id", "period", "expected"), VALUES)
def test_value_is_that_of_the_file(official_import, format_id, feature, level, region_id, period, expected):
    con, _ = official_import
    rows = con.execute(
        "SELECT DISTINCT coalesce(value::VARCHAR, value_status) FROM observation "
        "WHERE indicator_id = ? AND level = ? AND region_id = ? AND period = ? AND starts_with(source_id, ?)",
        [indicator_of(feature, format_id), level, region_id, period, format_id],
    ).fetchall()
    assert len(rows) == 1, rows
    if isinstance(expected, str):
        assert rows == [(expected,)]
    else:
        assert float(rows[0][0]) == pytest.approx(expected, rel=1e-9)


# Total rows of the files, the sum over a level below where it differs (cases that no Land or Kreis could be given;
# rounded yearly averages), and how far ours may be off: crosswalk shares of divided municipalities are rounded.
TOTALS = [
    (POPULATION, "2011", 80327900, "state", 80327900, 0),
    (AGE + "Insgesamt", "2015", 82175684, "state", 82175684, 0),
    (AGE + "Insgesamt", "2015", 82175684, "county", 82175684, 0),
    (AGE + "75 Jahre und mehr", "2015", 8999101, "county", 8999101, 0),
    # gemeindefreie Gebiete and a few municipalities that cannot be carried: one person in ten thousand
    (POPULATION, "2015", 82175684, "municipality", 82175684, 8000),
    (ARRIVALS, "2015", 6423315, "state", 6423314, 0),
    (JOBS + "Insgesamt|Insgesamt", "2015", 30771297, "state", 30769116, 0),
    (UNEMPLOYED, "2016", 2690975, "state", 2690975, 16),
    (DWELLINGS + "Insgesamt", "2015", 216727, "county", 216727, 0),
]


@pytest.mark.parametrize(("feature", "period", "total", "level", "parts", "tolerance"), TOTALS)
def test_parts_add_up_to_the_total_row_of_the_file(official_import, feature, period, total, level, parts, tolerance):
    con, _ = official_import
    indicator_id = indicator_of(feature, CLASSIC)
    sums = dict(
        con.execute(
            "SELECT level, sum(value) FROM observation "
            "WHERE indicator_id = ? AND period = ? AND level IN (?, 'country') AND starts_with(source_id, ?) "
            "GROUP BY level",
            [indicator_id, period, level, CLASSIC],
        ).fetchall()
    )
    assert sums["country"] == total
    assert sums[level] == pytest.approx(parts, abs=tolerance)


def test_there_are_enough_values_of_every_format():
    formats = [row[0] for row in VALUES]
    assert len(VALUES) >= 40 and len(set(formats)) == 8
