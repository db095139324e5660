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

-- One written form for searching: small letters, umlauts spelt out, everything else but letters and digits out.
CREATE MACRO search_key(text) AS regexp_replace(
    strip_accents(replace(replace(replace(replace(lower(text), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss')),
    '[^a-z0-9]+', ' ', 'g'
);
-- The same for people who leave the dots away.
CREATE MACRO plain_key(text) AS regexp_replace(strip_accents(replace(lower(text), 'ß', 'ss')), '[^a-z0-9]+', ' ', 'g');
