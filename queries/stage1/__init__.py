"""Stage 1 of the case selection: contrast criteria, the funnel, what remains, and why.

`criterion` and `settings` say what is asked (and can be saved), `population` and `values` read the database, `run`
does the selection, `funnel`, `curves`, `solve`, `patterns`, `outliers` and `default` explain or steer it. The arrays'
mathematics is in `queries.contrast_core`. The study does not publish its criteria: all of this is a reconstruction.
Reference for extreme, diverse and most different cases: Seawright & Gerring (2008), Political Research Quarterly 61(2).
"""
