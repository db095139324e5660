"""A synthetic company register for all Germany: seeded, of the published shape, marked as synthetic everywhere.

The register of the study is commercial. This one takes its place until a user imports a register of their own: the
shares of companies and employees by kind of town are the published ones, what the study says of its four case
studies holds, and real covariates (Reisegebiet, settlement area, density, distances) decide which kind of economy a
place is likely to have. Every single company is made up; names say so ("Modellbetrieb").
"""
