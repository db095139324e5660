"""Placeholder until the curated list arrives."""


def indicators():
    return {}


def automatic_indicator(feature, source, format_id):
    import re

    return {
        "indicator_id": re.sub(r"[^a-z0-9]+", "_", (format_id + "_" + feature["feature"]).lower()).strip("_"),
        "title": feature["title"],
        "unit_label": feature["unit_label"] or "",
        "theme": "bevoelkerung",
        "decimals": 1,
        "aggregation": "none",
        "definition": feature["definition"],
    }
