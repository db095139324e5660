-- Which periods there are to be shown, counted anew whenever values have changed (a count over all observations is too
-- slow for each question): regions with a value on the level that towns show (their own, or their county's), by indicator
-- and period. `place` is the order to offer them in: the newest with at least half as many values as the best covered
-- one is the first, the others follow from new to old.

CREATE OR REPLACE TABLE period_coverage AS
WITH covered AS (
    SELECT o.indicator_id, o.level, o.period, count(*) AS regions
    FROM observation o
    WHERE o.value IS NOT NULL AND o.level IN ('unit', 'county')
    GROUP BY o.indicator_id, o.level, o.period
),
shown AS (
    SELECT c.indicator_id, c.period, c.regions, max(c.regions) OVER (PARTITION BY c.indicator_id) AS best
    FROM covered c JOIN indicator i USING (indicator_id)
    WHERE c.level = CASE WHEN coalesce(i.is_county_context, false) THEN 'county' ELSE 'unit' END
)
SELECT indicator_id, period, regions,
       row_number() OVER (PARTITION BY indicator_id ORDER BY 2 * regions < best, period DESC) AS place
FROM shown ORDER BY indicator_id, place;
