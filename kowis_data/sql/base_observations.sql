-- Values of the shipped base files and of the register columns as observations.
-- Parameter: path of values.parquet.

INSERT INTO observation
SELECT feature, level, region_id, period, value, value_status, source_id
FROM read_parquet(?)
WHERE feature IN (SELECT indicator_id FROM indicator)
UNION ALL
SELECT 'population', 'municipality', ags, '2022', population, NULL, 'gemeindeverzeichnis_2024_06_30'
FROM municipality WHERE population IS NOT NULL
UNION ALL
SELECT 'male', 'municipality', ags, '2022', male, NULL, 'gemeindeverzeichnis_2024_06_30'
FROM municipality WHERE male IS NOT NULL
UNION ALL
SELECT 'female', 'municipality', ags, '2022', female, NULL, 'gemeindeverzeichnis_2024_06_30'
FROM municipality WHERE female IS NOT NULL
UNION ALL
SELECT 'area_km2', 'municipality', ags, '2024', area_km2, NULL, 'gemeindeverzeichnis_2024_06_30'
FROM municipality WHERE area_km2 IS NOT NULL;
