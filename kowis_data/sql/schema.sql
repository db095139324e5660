-- Tables of the atlas. Names and meanings are fixed by the project's contract; no primary keys on the large
-- tables (uniqueness is checked by query after each build and import).

CREATE TABLE build_info (key VARCHAR, value VARCHAR);

CREATE TABLE source (
    source_id VARCHAR, title VARCHAR, publisher VARCHAR, licence VARCHAR, attribution VARCHAR, url VARCHAR,
    reference_date VARCHAR, imported_at TIMESTAMP, sha256 VARCHAR, provenance VARCHAR,
    derived_from VARCHAR[], precedence INTEGER
);

CREATE TABLE state (state_id VARCHAR, name VARCHAR, region VARCHAR);
CREATE TABLE county (county_id VARCHAR, name VARCHAR, kind VARCHAR, state_id VARCHAR);

CREATE TABLE municipality (
    ags VARCHAR, ars VARCHAR, name VARCHAR, designation VARCHAR, text_code VARCHAR, unit_id VARCHAR,
    county_id VARCHAR, state_id VARCHAR, area_km2 DOUBLE, population BIGINT, male BIGINT, female BIGINT,
    postcode VARCHAR, lon DOUBLE, lat DOUBLE, travel_area_code VARCHAR, travel_area VARCHAR,
    urbanisation_code VARCHAR, urbanisation VARCHAR, is_unincorporated BOOLEAN
);

CREATE TABLE unit (
    unit_id VARCHAR, name VARCHAR, display_name VARCHAR, association_type VARCHAR, central_ags VARCHAR,
    town_type VARCHAR, population BIGINT, largest_member_population BIGINT, area_km2 DOUBLE, lon DOUBLE,
    lat DOUBLE, county_id VARCHAR, state_id VARCHAR, member_count INTEGER, travel_area VARCHAR,
    urbanisation VARCHAR
);

CREATE TABLE town_type (town_type VARCHAR, title VARCHAR, type_group VARCHAR, at_least BIGINT, position INTEGER);
CREATE TABLE theme (theme VARCHAR, title VARCHAR, position INTEGER);

CREATE TABLE indicator (
    indicator_id VARCHAR, title VARCHAR, unit_label VARCHAR, theme VARCHAR, decimals INTEGER, polarity VARCHAR,
    aggregation VARCHAR, weight_indicator VARCHAR, definition VARCHAR, source_id VARCHAR, scale VARCHAR,
    is_county_context BOOLEAN, is_signed BOOLEAN, is_helper BOOLEAN, note VARCHAR, position INTEGER,
    minimum DOUBLE, maximum DOUBLE,
    -- Few cases in a small town: the count to be said beside the rate, and the mean of three years to be used instead.
    small_numbers BOOLEAN, count_indicator VARCHAR, three_year_mean VARCHAR
);

CREATE TABLE indicator_period (
    indicator_id VARCHAR, period VARCHAR, reference_date VARCHAR, territorial_status VARCHAR,
    population_basis VARCHAR
);

-- Filled by coverage.sql from the observations.
CREATE TABLE period_coverage (indicator_id VARCHAR, period VARCHAR, regions BIGINT, place BIGINT);

CREATE TABLE observation (
    indicator_id VARCHAR, level VARCHAR, region_id VARCHAR, period VARCHAR, value DOUBLE, value_status VARCHAR,
    source_id VARCHAR
);

-- One row per unit × division × size class. `employees_estimated` is the part of `employees` that rests on estimates;
-- the two largest companies of each cell are kept for the rules of secrecy (dominance).
CREATE TABLE industry_structure (
    unit_id VARCHAR, wz_division VARCHAR, wz_section VARCHAR, size_class VARCHAR, companies DOUBLE,
    employees DOUBLE, employees_estimated DOUBLE, largest_employees DOUBLE, second_employees DOUBLE, source_id VARCHAR
);
CREATE TABLE company_unit (
    unit_id VARCHAR, companies DOUBLE, employees DOUBLE, employees_estimated DOUBLE, larger_companies DOUBLE,
    largest_employees DOUBLE, second_employees DOUBLE, source_id VARCHAR
);
-- Classification of economic activities (WZ 2008) and named groups of its divisions.
CREATE TABLE wz_section (wz_section VARCHAR, title VARCHAR, position INTEGER);
CREATE TABLE wz_division (wz_division VARCHAR, wz_section VARCHAR, title VARCHAR);
CREATE TABLE industry_group (group_id VARCHAR, title VARCHAR, definition VARCHAR, position INTEGER);
CREATE TABLE industry_group_division (group_id VARCHAR, wz_division VARCHAR);
-- The default cluster model; models of users live in the workspace. `content` is the whole model.
CREATE TABLE cluster_model (
    model_id VARCHAR, title VARCHAR, settings JSON, created_at TIMESTAMP, source_id VARCHAR, content VARCHAR
);
-- Facts on the imported register: rows read, used, refused by reason, how places were found.
CREATE TABLE company_report (source_id VARCHAR, kind VARCHAR, subject VARCHAR, value DOUBLE);
-- The register beside official totals; factors are empty where they would rest on too little or leave their bounds.
CREATE TABLE register_calibration (
    source_id VARCHAR, county_id VARCHAR, wz_section VARCHAR, register_companies DOUBLE, official_companies DOUBLE,
    register_employees DOUBLE, official_employees DOUBLE, factor_companies DOUBLE, factor_employees DOUBLE
);
CREATE TABLE cluster_membership (
    model_id VARCHAR, unit_id VARCHAR, cluster INTEGER, distance DOUBLE, silhouette DOUBLE, second_cluster INTEGER,
    membership DOUBLE
);

CREATE TABLE case_study (unit_id VARCHAR, ags VARCHAR, cluster INTEGER, cluster_title VARCHAR, position INTEGER);
CREATE TABLE published_figure (
    figure_id VARCHAR, ags VARCHAR, subject VARCHAR, value DOUBLE, value_text VARCHAR, unit_label VARCHAR,
    page_or_figure VARCHAR, official_text VARCHAR, note VARCHAR
);

CREATE TABLE published_share (measure VARCHAR, type_group VARCHAR, share_pct DOUBLE, page_or_figure VARCHAR);

CREATE TABLE correction (
    ags VARCHAR, field VARCHAR, old_value VARCHAR, new_value VARCHAR, reason VARCHAR, origin VARCHAR
);
CREATE TABLE value_note (indicator_id VARCHAR, level VARCHAR, region_id VARCHAR, note VARCHAR);
CREATE TABLE station (
    station_id VARCHAR, name VARCHAR, lon DOUBLE, lat DOUBLE, category INTEGER, weight DOUBLE, unit_id VARCHAR
);
CREATE TABLE place (
    geoname_id VARCHAR, name VARCHAR, lon DOUBLE, lat DOUBLE, country VARCHAR, ags VARCHAR, feature_code VARCHAR
);
CREATE TABLE unit_neighbour (unit_id VARCHAR, neighbour_id VARCHAR, shared_border_km DOUBLE);
CREATE TABLE boundary_check (
    unit_id VARCHAR, register_area_km2 DOUBLE, polygon_area_km2 DOUBLE, deviation_pct DOUBLE, cause VARCHAR
);
CREATE TABLE geometry_file (layer VARCHAR, file_name VARCHAR, features INTEGER, bytes BIGINT);
-- Boundaries that took the place of the shipped ones (GeoJSON); a layer without rows is the shipped one.
CREATE TABLE boundary (layer VARCHAR, region_id VARCHAR, geometry VARCHAR);

-- From imported reference tables.
CREATE TABLE crosswalk (
    level VARCHAR, from_key VARCHAR, from_date VARCHAR, to_key VARCHAR, to_date VARCHAR, weight_area DOUBLE,
    weight_population DOUBLE, weight_employees DOUBLE, source_id VARCHAR
);
CREATE TABLE unit_key_alias (old_key VARCHAR, unit_id VARCHAR, source_id VARCHAR);
CREATE TABLE region_attribute (
    level VARCHAR, region_id VARCHAR, attribute VARCHAR, title VARCHAR, value_code VARCHAR, value_label VARCHAR,
    reference_date VARCHAR, source_id VARCHAR
);
-- What became of keys that were gone when a newer register took the place of today's.
CREATE TABLE successor (
    level VARCHAR, old_key VARCHAR, new_key VARCHAR, share DOUBLE, territorial_date DATE, source_id VARCHAR
);
-- Values kept but marked wherever they appear, with the reason in words.
CREATE TABLE value_flag (indicator_id VARCHAR, level VARCHAR, region_id VARCHAR, period VARCHAR, reason VARCHAR);
CREATE TABLE import_log (
    source_id VARCHAR, file_name VARCHAR, imported_at TIMESTAMP, sha256 VARCHAR, report JSON
);
