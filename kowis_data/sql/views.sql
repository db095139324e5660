-- Views that hold the project's definitions in one place.

CREATE VIEW small_town AS
SELECT * FROM unit WHERE town_type IN ('groessere_kleinstadt', 'kleine_kleinstadt');

-- One value per indicator, level, region and period. Order of precedence: the source with the smaller
-- `source.precedence` first (official 10, published 20, derived 30, synthetic 90), then the one imported last,
-- then by name so that the choice never depends on the order of rows. A number goes before a missing value.
CREATE VIEW best_observation AS
SELECT o.*, s.provenance
FROM observation o JOIN source s USING (source_id)
QUALIFY row_number() OVER (
    PARTITION BY o.indicator_id, o.level, o.region_id, o.period
    ORDER BY (o.value IS NULL), s.precedence, s.imported_at DESC, o.source_id
) = 1;

-- The same choice for some pairs of indicator and period at one level, found before anything is ranked: what reads
-- many indicators at once asks this, as a view would rank the whole table first.
CREATE MACRO best_values(ids, periods, at_level) AS TABLE
WITH wanted AS (SELECT DISTINCT unnest(ids) AS indicator_id, unnest(periods) AS period)
SELECT o.indicator_id, o.region_id, o.period, o.value, o.value_status, o.source_id, s.provenance
FROM observation o JOIN wanted w ON w.indicator_id = o.indicator_id AND w.period = o.period
JOIN source s ON s.source_id = o.source_id
WHERE o.level = at_level
QUALIFY row_number() OVER (
    PARTITION BY o.indicator_id, o.region_id, o.period
    ORDER BY (o.value IS NULL), s.precedence, s.imported_at DESC, o.source_id
) = 1;

-- Statistical secrecy of a sum over companies: fewer than three of them, or the others could work out the largest one
-- too closely (p % rule of official statistics with p = 10: what is left without the two largest is less than a
-- tenth of the largest). An empty cell is no secret.
CREATE MACRO is_secret(companies, employees, largest, second) AS
    companies > 0 AND (companies < 3 OR employees - largest - coalesce(second, 0) < 0.1 * largest);

-- The period that is shown first: the newest with at least half as many values as the best covered one.
CREATE VIEW default_period AS SELECT indicator_id, period FROM period_coverage WHERE place = 1;

-- Why a value of a unit needs care, one row per reason: flags of single values, and notes that hold for every period.
-- What belongs to one municipality of an association names it.
CREATE VIEW unit_flag AS
SELECT f.indicator_id, f.region_id AS unit_id, f.period, f.reason FROM value_flag f WHERE f.level = 'unit'
UNION
SELECT f.indicator_id, u.unit_id, f.period, f.reason
FROM value_flag f JOIN unit u ON u.county_id = f.region_id WHERE f.level = 'county'
UNION
SELECT f.indicator_id, m.unit_id, f.period, CASE WHEN u.member_count > 1 THEN m.name || ': ' ELSE '' END || f.reason
FROM value_flag f JOIN municipality m ON m.ags = f.region_id JOIN unit u USING (unit_id) WHERE f.level = 'municipality';

CREATE VIEW unit_note AS
SELECT n.indicator_id, n.region_id AS unit_id, n.note FROM value_note n WHERE n.level = 'unit'
UNION
SELECT n.indicator_id, u.unit_id, n.note
FROM value_note n JOIN unit u ON u.county_id = n.region_id WHERE n.level = 'county'
UNION
SELECT n.indicator_id, m.unit_id, CASE WHEN u.member_count > 1 THEN m.name || ': ' ELSE '' END || n.note
FROM value_note n JOIN municipality m ON m.ags = n.region_id JOIN unit u USING (unit_id) WHERE n.level = 'municipality';

-- What a unit can be sorted by: from the register, and from imported reference tables (attributes of its own or of its
-- county; of several editions the newest). West and East follow from the Land, so an import of them adds nothing.
CREATE VIEW unit_attribute AS
WITH cluster_name AS (
    SELECT unnest(from_json(content->'clusters', '[{"name": {"number": "INTEGER", "title": "VARCHAR"}}]'),
                  recursive := true)
    FROM cluster_model WHERE model_id = 'standard'
),
edition AS (
    SELECT * FROM region_attribute
    QUALIFY dense_rank() OVER (
        PARTITION BY level, attribute
        ORDER BY try_strptime(reference_date, '%d.%m.%Y') DESC NULLS LAST, source_id
    ) = 1
),
register AS (
    SELECT u.unit_id, u.travel_area, u.urbanisation, u.member_count, s.region
    FROM unit u JOIN state s USING (state_id)
)
SELECT unit_id, 'west_ost' AS attribute, 'West und Ost' AS title, region AS value_code, region AS value_label,
       (SELECT value FROM build_info WHERE key = 'territorial_status') AS reference_date,
       coalesce((SELECT value FROM build_info WHERE key = 'register_source'), 'gemeindeverzeichnis_2024_06_30')
           AS source_id
FROM register WHERE region IS NOT NULL
UNION ALL
SELECT unit_id, 'gemeindeform', 'Gemeinde oder Verband', CASE WHEN member_count = 1 THEN 'gemeinde' ELSE 'verband' END,
       CASE WHEN member_count = 1 THEN 'einzelne Gemeinde' ELSE 'Verband mehrerer Gemeinden' END,
       (SELECT value FROM build_info WHERE key = 'territorial_status'),
       coalesce((SELECT value FROM build_info WHERE key = 'register_source'), 'gemeindeverzeichnis_2024_06_30')
FROM register
UNION ALL
SELECT unit_id, 'urbanisation', 'Grad der Verstädterung', urbanisation, urbanisation, '31.12.2023',
       'gemeindeverzeichnis_2024_06_30'
FROM register WHERE urbanisation IS NOT NULL
UNION ALL
SELECT unit_id, 'reisegebiet', 'Reisegebiet', travel_area, travel_area, '31.12.2023', 'gemeindeverzeichnis_2024_06_30'
FROM register WHERE travel_area IS NOT NULL
UNION ALL
SELECT u.unit_id, e.attribute, e.title, e.value_code, coalesce(e.value_label, e.value_code), e.reference_date,
       e.source_id
FROM edition e JOIN unit u ON u.unit_id = e.region_id
WHERE e.level = 'unit' AND e.attribute <> 'west_ost'
UNION ALL
SELECT u.unit_id, e.attribute, e.title, e.value_code, coalesce(e.value_label, e.value_code), e.reference_date,
       e.source_id
FROM edition e JOIN unit u ON u.county_id = e.region_id
WHERE e.level = 'county' AND e.attribute <> 'west_ost'
UNION ALL
SELECT m.unit_id, 'cluster',
       CASE s.provenance WHEN 'synthetisch' THEN 'Cluster (Modelldaten, synthetisch)'
                         ELSE 'Cluster (eigene Rekonstruktion)' END,
       m.cluster::VARCHAR,
       CASE WHEN n.title LIKE 'Cluster%' THEN n.title ELSE concat_ws(': ', 'Cluster ' || m.cluster, n.title) END,
       s.reference_date, c.source_id
FROM cluster_membership m JOIN cluster_model c USING (model_id) JOIN source s USING (source_id)
LEFT JOIN cluster_name n ON n.number = m.cluster
WHERE m.model_id = 'standard';

-- One written form for searching: small letters, umlauts spelt out, everything else but letters and digits out.
CREATE MACRO search_key(text) AS regexp_replace(
    strip_accents(replace(replace(replace(replace(lower(text), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss')),
    '[^a-z0-9]+', ' ', 'g'
);
-- The same for people who leave the dots away.
CREATE MACRO plain_key(text) AS regexp_replace(strip_accents(replace(lower(text), 'ß', 'ss')), '[^a-z0-9]+', ' ', 'g');

-- What cluster models are made of: companies of the small towns by division and size.
CREATE VIEW small_town_structure AS
SELECT unit_id, wz_division, size_class, companies, employees, largest_employees, source_id
FROM industry_structure SEMI JOIN small_town USING (unit_id)
-- Companies of which only the section is known tell too little of the structure.
WHERE wz_division <> '00';

-- The register raised (or lowered) to official totals by county and section ("hochgerechnet"); what has no factor stays
-- as counted. The narrowest group of sections that holds a section gives its factors.
CREATE VIEW register_factor AS
WITH section AS (SELECT wz_section FROM wz_section),
held AS (
    SELECT c.county_id, s.wz_section, c.factor_companies, c.factor_employees,
           ascii(right(c.wz_section, 1)) - ascii(left(c.wz_section, 1)) AS width
    FROM register_calibration c JOIN section s
      ON s.wz_section >= left(c.wz_section, 1) AND s.wz_section <= right(c.wz_section, 1)
)
SELECT county_id, wz_section, arg_min(factor_companies, width) FILTER (factor_companies IS NOT NULL) AS factor_companies,
       arg_min(factor_employees, width) FILTER (factor_employees IS NOT NULL) AS factor_employees
FROM held GROUP BY county_id, wz_section;

CREATE VIEW industry_structure_calibrated AS
SELECT i.* REPLACE (i.companies * coalesce(f.factor_companies, 1) AS companies,
                    i.employees * coalesce(f.factor_employees, 1) AS employees,
                    i.employees_estimated * coalesce(f.factor_employees, 1) AS employees_estimated),
       f.factor_companies, f.factor_employees
FROM industry_structure i JOIN unit u USING (unit_id)
LEFT JOIN register_factor f ON f.county_id = u.county_id AND f.wz_section = i.wz_section;
