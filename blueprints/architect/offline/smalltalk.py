"""Talk that is not about the app: greetings, thanks, questions about the Architect itself."""

from __future__ import annotations

import re

SELF = (
    "I'm the **offline Architect**: I work by rules and a knowledge base, not with a language model, and nothing you "
    "write leaves this machine. With an Anthropic key configured, Claude takes my place."
)
ABLE = (
    f"{SELF}\n\nTell me what your app should hold and do, for example “a recipe box: recipes with title, ingredients "
    "and minutes; recipes have many comments” or “only admins can delete posts”. I turn it into a plan, ask when "
    "something is open, and you can correct me at any time: “remove comments”, “rename tasks to jobs”, “dark theme "
    "with green accents”. When the plan looks right, say “build it”."
)

_TALK: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("self", re.compile(r"^(?:so\s+)?(?:are you|is this|who are you|what are you|you are|"
                        r"am i talking to)\b.{0,60}\b(?:ai|a\.i|bot|robot|human|real|person|llm|model|gpt|"
                        r"claude|chatgpt|machine|someone|you)\b|^who (?:are you|is this)\b|^what are you\b|"
                        r"^which model\b", re.I)),
    ("able", re.compile(r"^(?:what (?:can|do) you (?:do|make|build|know|need)|how (?:does this|do (?:you|i|"
                        r"we)|can (?:you|i)) (?:work|help|start|use|begin)\b.*|help(?: me)?$|what (?:should|"
                        r"can|do) i (?:do|say|write|type)|how (?:is|does) this (?:work|used?)|what is this|"
                        r"what now|where do i start|instructions)\b.{0,40}$", re.I)),
    ("cost", re.compile(r"^(?:how (?:much|expensive)|is (?:this|it) free|what does (?:it|this) cost)\b.{0,50}$", re.I)),
    ("feeling", re.compile(r"^how (?:are you|is it going|do you feel)\b.{0,30}$|^what'?s up\b.{0,20}$", re.I)),
    ("thanks", re.compile(r"^(?:thanks?|thank you|thx|ty|cheers|nice(?: work)?|cool|awesome|great(?: job|"
                          r" work)?|well done|lovely|amazing|wow|love it|good job)(?: (?:a lot|so much|"
                          r"very much|you|that is|that's).{0,40})?$", re.I)),
    ("greeting", re.compile(r"^(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day)|greetings|yo|"
                            r"howdy|hola|moin)(?: (?:there|architect|orchard|everyone|you|again))?$", re.I)),
    ("bye", re.compile(r"^(?:bye|goodbye|see you|good night|ciao|later)\b.{0,20}$", re.I)),
)  # fmt: skip

REPLIES = {
    "self": SELF,
    "able": ABLE,
    "cost": "Nothing: I'm the offline Architect and run on this machine, by rules, without any paid service.",
    "feeling": "Fine, thank you. Rules don't tire.",
    "thanks": "You're welcome!",
    "greeting": "Hello! I'm the offline Architect: I work by rules and a knowledge base.",
    "bye": "See you. Your plan is saved.",
}


# Praise of the plan: no answer to a question, and no wish about looks.
APPROVAL = re.compile(
    r"\b(?:it |that |this |all |everything )?(?:looks?|sounds?|seems?) (?:really |very |pretty )?"
    r"(?:good|great|fine|right|perfect|ok|okay|nice|lovely|awesome|amazing)(?: to me| so far)?\b",
    re.I,
)


def approval(clause: str) -> str | None:
    """The reply to praise of the plan; None for anything else."""
    return "Good." if APPROVAL.fullmatch(clause.strip(" .!?,")) else None


def small_talk(clause: str) -> str | None:
    """The reply to a clause that is only talk, None when it says something about the app."""
    text = clause.strip(" .!?,")
    for kind, pattern in _TALK:
        if pattern.search(text):
            return REPLIES[kind]
    return None


ENGLISH_ONLY = "I'm the offline Architect and read English only, sorry. Could you say that in English?"
_ENGLISH = re.compile(
    r"\b(?:the|a|an|and|with|of|to|for|in|is|are|i|want|need|can|should|have|has|many|each|my|add|remove|it|"
    r"no|yes|build|only|by|on)\b",
    re.I,
)
_OTHER = re.compile(
    r"\b(?:mit|und|für|eine?|der|die|das|ich|möchte|avec|une|les|des|pour|je|veux|con|para|una|los|las|"
    r"quiero|por|het|een|voor|"
    r"com|uma|quero|jest|oraz|och|med|för|ett)\b",
    re.I,
)


def is_foreign(text: str) -> bool:
    """Whether this is another language: other letters, or its small words and none of English."""
    letters = [letter for letter in text[:400] if letter.isalpha()]
    if len(letters) >= 4 and sum(letter > "\u024f" for letter in letters) > len(letters) / 2:
        return True
    return len(_OTHER.findall(text[:400])) >= 1 and not _ENGLISH.search(text[:400]) and len(text.split()) >= 3


_NOT_YET = re.compile(
    r"\b(?:not yet|do not build|don't build|wait|hold on|before (?:you|we) build|later)\b", re.I
)
_BUILD = re.compile(
    r"^(?:(?:yes|yep|yeah|ok|okay|sure|please|great|perfect|good|now|then|so|and|alright|all right|fine|cool|"
    r"(?:it |that |this |all |everything )?(?:looks?|sounds?|seems?) (?:good|great|fine|right|perfect|ok|okay|nice|lovely)"
    r"(?: to me)?|i think|we can|you can|you may|can you|could you|let's|lets|just|i'm happy|that's it|"
    r"that is it|that's all|absolutely|awesome)\b[\s,.!:-]*)*"
    r"(?:(?:re)?build|ship|make|create|deploy|launch|generate|implement|go|do|start|run|proceed|continue)"
    r"(?:\s+(?:it|this|that|everything|all|the (?:app|application|plan|thing|site|project|website)|my app|"
    r"with it|ahead|for it|"
    r"now|away|please|then|building|the build|a build|again|with (?:the|this) plan|as planned|up|right|on))*[\s!.]*$",
    re.I,
)
_BARE_VERBS = re.compile(r"^(?:make|do|create|run|start|go|continue)$", re.I)
_AFFIRMED = re.compile(
    r"^(?:yes|yep|yeah|yup|ja|si|oui|ok|okay|sure|please|please do|absolutely|of course|definitely|correct|"
    r"right|exactly|"
    r"perfect|great|fine|good|ready|i am|i'm ready|we are|let's go|lets go|agreed|affirmative|y|"
    r"(?:it |that |this |all |everything )?(?:looks?|sounds?|seems?) (?:good|great|fine|right|perfect|ok|"
    r"okay)(?: to me)?|"
    r"that'?s (?:it|all|right|correct|perfect|fine|good)|lgtm|do it|go|👍)(?:[\s,.!]+(?:please|thanks|"
    r"thank you|go ahead|do|that's it|"
    r"yes|sure|great|perfect|ready|all good|looks good))*[\s.!]*$",
    re.I,
)


def asks_to_build(clauses: list[str], *, was_asked: bool) -> bool:
    """Whether a clause says "build it". A bare "yes" counts when "Ready to build?" was just asked."""
    if any(_NOT_YET.search(clause) for clause in clauses):
        return False
    for clause in clauses:
        if _BUILD.match(clause) and not _BARE_VERBS.match(clause):
            return True
    return was_asked and bool(clauses) and all(_AFFIRMED.match(clause) for clause in clauses)
