"""Company registers: rows of single companies made into the economic structure of all units.

`formats/company_register.py` finds the columns and scans a file; this package says what stands in them (`wz`,
`employees`, `places`, `coordinates`), sums up (`structure`) and compares with official totals (`calibration`).
No name of a company and nothing on a person is ever written into the database.
"""
