-- Figures that follow from how a unit is made up and what lies around it. One row per unit, wide;
-- kowis_data/derive.py turns the columns into observations. Only units with inhabitants of their own kind
-- (no gemeindefreie Gebiete) get figures.

WITH place_count AS (
    SELECT m.unit_id, count(*) AS points
    FROM place p JOIN municipality m ON m.ags = p.ags
    WHERE p.country = 'DE'
    GROUP BY m.unit_id
),
neighbours AS (
    SELECT n.unit_id, count(*) AS neighbour_count, sum(o.population) AS neighbour_population
    FROM unit_neighbour n JOIN unit o ON o.unit_id = n.neighbour_id
    WHERE o.town_type <> 'gemeindefrei'
    GROUP BY n.unit_id
),
county_population AS (
    SELECT county_id, sum(population) AS population FROM municipality GROUP BY county_id
),
stations AS (
    SELECT unit_id, count(*) AS stations FROM station GROUP BY unit_id
)
SELECT u.unit_id AS region_id,
       100.0 * u.population / c.population AS population_share_of_county_pct,
       u.member_count AS member_count,
       100.0 * u.largest_member_population / u.population AS largest_member_share_pct,
       CASE WHEN p.points >= 3 THEN p.points END AS settlement_points,
       coalesce(n.neighbour_count, 0) AS neighbour_count,
       coalesce(n.neighbour_population, 0) AS neighbour_population,
       100.0 * u.population / (u.population + coalesce(n.neighbour_population, 0))
           AS own_weight_among_neighbours_pct,
       coalesce(s.stations, 0) AS stations_in_unit
FROM unit u
JOIN county_population c USING (county_id)
LEFT JOIN place_count p USING (unit_id)
LEFT JOIN neighbours n USING (unit_id)
LEFT JOIN stations s USING (unit_id)
WHERE u.town_type <> 'gemeindefrei' AND u.population > 0
