"""The default cluster model of the small towns, written whenever the economic structure was loaded anew.

Four clusters, as in the study, of the default variables (kowis_data.clustering); without the comparison of numbers
and the stability check, which take seconds and are made on demand.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import orjson

from kowis_data.database_rows import insert_row

MODEL_ID = "standard"
TITLE = "Standardmodell mit vier Clustern (eigene Rekonstruktion)"


def refresh(con: duckdb.DuckDBPyConnection) -> str | None:
    """Write `cluster_model` and `cluster_membership` of the default model from the present `industry_structure`.

    An earlier default model goes in any case. Returns None, or in German why there is none now: no structure, or too
    few towns for four clusters.
    """
    for table in ("cluster_membership", "cluster_model"):
        con.execute(f"DELETE FROM {table} WHERE model_id = ?", [MODEL_ID])
    cells = con.execute("SELECT * FROM small_town_structure").df()
    if cells.empty:
        return "Ohne Unternehmen in Kleinstädten gibt es kein Clustermodell."
    # Loading scikit-learn takes about a second: only where there is something to compute.
    from kowis_data.clustering import CaseStudy, ClusteringError, Settings, fit, structure_variables, to_json

    population = con.execute("SELECT unit_id, population FROM small_town ORDER BY unit_id").df()
    studies = [
        CaseStudy(*row)
        for row in con.execute(
            "SELECT c.unit_id, m.name, c.cluster, c.cluster_title FROM case_study c JOIN municipality m USING (ags) "
            "ORDER BY c.cluster"
        ).fetchall()
    ]
    sources = con.execute("SELECT DISTINCT source_id FROM small_town_structure ORDER BY source_id").fetchall()
    settings = Settings(numbers=None, bootstrap_rounds=0)
    try:
        variables = structure_variables(cells, population.set_index("unit_id")["population"])
        model = fit(variables, settings, studies, origin="alle Kleinstädte")
    except ClusteringError as error:
        return str(error)
    content = to_json(model).decode()
    insert_row(
        con,
        "cluster_model",
        {
            "model_id": MODEL_ID,
            "title": TITLE,
            "settings": orjson.dumps(settings.as_dict()).decode(),
            "created_at": datetime.now(),
            "source_id": sources[0][0],
            "content": content,
        },
    )
    con.register("membership_rows", model.towns.reset_index())
    con.execute(
        "INSERT INTO cluster_membership SELECT ?, unit_id, cluster, distance, silhouette, second_cluster, membership "
        "FROM membership_rows ORDER BY unit_id",
        [MODEL_ID],
    )
    con.unregister("membership_rows")
    return None
