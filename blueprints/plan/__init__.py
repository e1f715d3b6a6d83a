"""The plan as a document: shown, edited by hand, compared and commented on."""
