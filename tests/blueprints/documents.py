"""Small documents for the tests of the pure blueprint modules."""

from __future__ import annotations

from blueprints.schemas import BlueprintDocument


def recipe_box() -> BlueprintDocument:
    """Recipes with comments: buildable, with an endpoint and a screen for each."""
    return BlueprintDocument.model_validate(
        {
            "featureName": "Recipe box",
            "summary": "Recipes with comments.",
            "sections": {
                "dataModel": {
                    "entities": [
                        {
                            "id": "ENT-1",
                            "name": "Recipe",
                            "plural": "Recipes",
                            "fields": [
                                {"id": "FLD-1", "name": "title"},
                                {
                                    "id": "FLD-2",
                                    "name": "difficulty",
                                    "type": "choice",
                                    "choices": ["easy", "hard"],
                                    "default": "easy",
                                },
                            ],
                        },
                        {
                            "id": "ENT-2",
                            "name": "Comment",
                            "plural": "Comments",
                            "fields": [{"id": "FLD-3", "name": "text", "type": "text"}],
                            "relations": [{"id": "REL-1", "name": "recipe", "target": "ENT-1"}],
                        },
                    ]
                },
                "apiEndpoints": {
                    "endpoints": [
                        {"id": "API-1", "method": "GET", "path": "/api/recipes/", "entity": "ENT-1"},
                        {"id": "API-2", "method": "GET", "path": "/api/comments/", "entity": "ENT-2"},
                    ]
                },
                "uiComponents": {
                    "components": [
                        {
                            "id": "UI-1",
                            "name": "Recipes",
                            "kind": "list",
                            "entities": ["ENT-1"],
                            "route": "/recipes/",
                        },
                        {"id": "UI-2", "name": "About", "kind": "page", "route": "/about/"},
                    ]
                },
                "dependencies": {"items": [{"id": "DEP-1", "name": "service"}]},
                "behaviors": {
                    "rules": [
                        {
                            "id": "RULE-1",
                            "kind": "access.permission",
                            "text": "Only admins can delete recipes.",
                            "params": {"entity": "ENT-1", "action": "delete", "who": "admin"},
                        }
                    ]
                },
            },
            "counters": {"ENT": 2, "FLD": 3, "REL": 1, "API": 2, "UI": 2, "DEP": 1, "RULE": 1},
        }
    )
