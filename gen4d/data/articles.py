"""Which article goes before a thing's name."""

import re

COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# A head that ends in s is a plural, but for glass, cactus, pelvis, gas and triceratops.
PLURAL = re.compile(r"s$(?<!ss)(?<!us)(?<!is)(?<!as)(?<!ops)(?<!lens)")
VOWEL = r"(?=[aio]|l-|e(?!u)|u(?!ni|fo|ku|te))(?!one-)"


def with_article(phrase: str) -> str:
    """Put "a" or "an" before a phrase, nothing before a plural or what is counted; "a orange" inside becomes "an".

    "elephant" -> "an elephant", "two dice" -> "two dice", "car with a orange roof" -> "a car with an orange roof".
    """
    phrase = " ".join(phrase.split())
    head = re.split(r",| (?:of|with|in|on|at|from|for|called) ", phrase)[0]
    counted = phrase.split(maxsplit=1)[0] in ("a", "an", "the", *COUNT_WORDS[1:])
    return re.sub(rf"\ba (?={VOWEL})", "an ", phrase if counted or PLURAL.search(head) else f"a {phrase}")
