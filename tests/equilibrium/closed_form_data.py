"""Independent reference values for the closed forms, by topic and item."""

import json
from pathlib import Path


def items(topic: str) -> dict[str, dict]:
    """Items of ``tests/data/closed_forms_<topic>.json`` by their id."""
    path = Path(__file__).parents[1] / "data" / f"closed_forms_{topic}.json"
    return {item["id"]: item for item in json.loads(path.read_text(encoding="utf-8"))["items"]}


def column(rows: list[dict], name: str) -> list:
    """One value of every row."""
    return [row[name] for row in rows]
