"""From a file that was read to values of today's regions: staging, territory, indicators, quality, report."""
