-- Units from their municipalities: the largest member gives centre, coordinates and town type.
-- Source of the rule: BBSR town and municipality types; measured against the official types of 2015 in
-- tests/test_town_types.py.

INSERT INTO unit
WITH association AS (
    -- Names come bare ("Uder"), with a kind in front ("VVG der Stadt …", "EG Uder") or behind ("… (VGem)").
    SELECT *, regexp_replace(name, ' \(VGem\)$', '') AS bare_name,
           regexp_matches(name, '^(VVG|GVV|EG) ') AS names_its_kind,
           CASE association_type WHEN 'Verwaltungsgemeinschaft' THEN 'VGem' WHEN 'Samtgemeinde' THEN 'SG'
                WHEN 'Verbandsgemeinde' THEN 'VG' ELSE association_type END AS kind
    FROM base_unit
),
member AS (
    SELECT *, row_number() OVER (PARTITION BY unit_id ORDER BY population DESC, ags) AS rank
    FROM municipality
),
summed AS (
    SELECT unit_id,
           sum(population)::BIGINT AS population,
           max(population)::BIGINT AS largest_member_population,
           sum(area_km2) AS area_km2,
           count(*)::INTEGER AS member_count,
           bool_and(is_unincorporated) AS is_unincorporated
    FROM municipality GROUP BY unit_id
)
SELECT s.unit_id,
       b.name,
       CASE WHEN s.member_count = 1 THEN c.name
            WHEN b.names_its_kind THEN c.name || ' (' || b.name || ')'
            WHEN b.bare_name = c.name THEN c.name || ' (' || b.kind || ')'
            ELSE c.name || ' (' || b.kind || ' ' || b.bare_name || ')' END AS display_name,
       b.association_type,
       c.ags AS central_ags,
       CASE WHEN s.is_unincorporated THEN 'gemeindefrei'
            ELSE (SELECT t.town_type FROM town_type t
                  WHERE t.at_least <= greatest(s.largest_member_population, 1)
                  ORDER BY t.at_least DESC LIMIT 1) END AS town_type,
       s.population,
       s.largest_member_population,
       s.area_km2,
       c.lon,
       c.lat,
       c.county_id,
       c.state_id,
       s.member_count,
       c.travel_area,
       c.urbanisation
FROM summed s
JOIN association b USING (unit_id)
JOIN member c ON c.unit_id = s.unit_id AND c.rank = 1
ORDER BY s.unit_id;
