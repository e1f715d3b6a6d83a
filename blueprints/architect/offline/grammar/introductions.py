"""Who is speaking and whom the app is for: told for understanding, nothing of it is kept in the app."""

from __future__ import annotations

import re

from blueprints.architect.offline.grammar.phrases import ReadClause
from blueprints.architect.offline.naming import is_plural
from blueprints.architect.offline.nouns import noun
from blueprints.architect.offline.statements import Statement

_CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(i)'?m\b(?=\s)", re.I), r"\1 am"),
    (re.compile(r"\b(we|you|they)'re\b", re.I), r"\1 are"),
    (re.compile(r"\b(i|we|you|they)'ve\b", re.I), r"\1 have"),
    (re.compile(r"\b(i|we|you|they|he|she)'(?:d|ll)\b", re.I), r"\1 would"),
    (re.compile(r"\b(it|he|she|that|there|what|where|who|when|how)'s\b", re.I), r"\1 is"),
    (re.compile(r"\b(whether|if|when) its\b", re.I), r"\1 it is"),
    (re.compile(r"\b(ha(?:s|ve)|did|was|were)n't\b", re.I), r"\1 not"),
    (re.compile(r"\bw/\s*", re.I), "with "),
    (re.compile(r"\bppl\b", re.I), "people"),
    (re.compile(r"\bpls\b|\bplz\b", re.I), "please"),
    (re.compile(r"\bwanna\b", re.I), "want to"),
    (re.compile(r"\bgonna\b", re.I), "going to"),
)
_ABOUT_ME = re.compile(
    r"^(?:(?:hi|hello|so|well|ok)\W+)?(?:my name is|(?:i|we)\s+(?:am|are|was|were)\s+(?!looking for|in need "
    r"of)|(?:i|we)\s+(?:run|own|operate|work "
    r"(?:as|at|for|in)|live in|founded|started|study|keep forgetting|always forget)\b|(?:i|we)\s+(?:manage|"
    r"lead|coach|organi[sz]e|head)\s+(?:an?|the|our|my)\s+(?:small\s+|little\s+|local\s+)?[\w-]+$)",
    re.I,
)
_I_HAVE = re.compile(r"^(?:i|we)\s+(?:also\s+)?(?:have|got|have got)\s+(.+)$", re.I)
_SIGHS = re.compile(
    r"^(?:no idea|i do not know|i am not sure|whatever|sorry|my bad|oops|hm+|uh+|asap|thanks in advance)\b.{0,30}$",
    re.I,
)
_CONTEXT = re.compile(
    r"\s+(?:for|of|at|in|from|by)\s+(?:my|our|his|her|an?|the)\s+(?:own\s+|small\s+|little\s+|local\s+|"
    r"new\s+)*((?:[\w'-]+\s+){0,3}?[\w'-]+)"
    r"(?=$|[,.:;]|\s+(?:with|where|that|which|and|to|so|we|i|who|in|called)\b)",
    re.I,
)
_APP = re.compile(
    r"\b(?:apps?|applications?|sites?|websites?|web ?pages?|pages?|portal|tool|system|software|platform|"
    r"program|something|one place|tracker|board|"
    r"planner|organi[sz]er|inventory|library|database|crm|tickets?|polls?|leaderboard|booking|list|form|"
    r"calendar|shop|store|blog|wiki|forum|"
    r"diary|journal|catalog(?:ue)?|manager|management|website|dashboard|anything)\b",
    re.I,
)
_PLACES = re.compile(
    r"(?:shop|salon|club|team|company|school|studio|workshop|office|practice|clinic|agency|business|"
    r"restaurant|cafe|bar|hotel|gym|farm|"
    r"museum|library|church|choir|band|stream|channel|tournament|app|startup|organi[sz]ation|association|"
    r"kindergarten|university|"
    r"college|class|department|family|household|home|house|garage|kitchen|garden|greenhouse|bakery|brewery|"
    r"lab|laborator(?:y|ies)|village|town|city|"
    r"neighbou?rhood|community|group|charity|bank|hospital|store|boutique|firm|party|wedding|newborn|van|"
    r"theater|theatre|cinema|bakery|cafeteria|canteen|zoo|circus|orchestra|troop|"
    r"newspaper|podcast|server|servers|youth)$",
    re.I,
)


def spoken_out(clause: str) -> str:
    """ "I'm", "what's", "w/" in full words."""
    for pattern, words in _CONTRACTIONS:
        clause = pattern.sub(words, clause)
    return clause


def without_context(text: str) -> str:
    """The sentence without whom it is for: "inventory for my workshop" → "inventory"."""

    def strip(match: re.Match[str]) -> str:
        words = match[1].strip()
        mine = re.match(r"\s+\w+\s+(?:my|our|his|her)\b", match[0], re.I) is not None
        place = _PLACES.search(words.split()[-1]) is not None
        about_app = _APP.search(text[: match.start()]) is not None
        singular_thing = not is_plural(words.split()[-1])
        if place and (mine or about_app):
            return ""
        if (
            mine
            and about_app
            and singular_thing
            and not match[0].lower().lstrip().startswith(("of", "from", "by", "in"))
        ):
            return ""
        return match[0]

    stripped = _CONTEXT.sub(strip, text, count=2)
    return stripped if len(stripped.split()) >= 1 and stripped.strip(" ,:") else text


def introduction(text: str, read: ReadClause) -> list[Statement] | None:
    """ "I run a bicycle repair shop", "we have 60 singers": [] for mere talk about oneself."""
    if _SIGHS.match(text):
        return []
    if _ABOUT_ME.match(text):
        return []
    match = _I_HAVE.match(text)
    if match is not None and not re.match(r"(?:to|a lot to|no\b)", match[1], re.I):
        words = re.sub(
            r"^(?:lots of|a lot of|\d+|many|some|several|two|three|four|five|six|ten)\s+",
            "",
            match[1],
            flags=re.I,
        )
        if re.match(r"an?\s", match[1], re.I) and _PLACES.search(words.split()[-1]) is not None:
            return []
        return read(words) if noun(words) or "," in words else []
    return None
