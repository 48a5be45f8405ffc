"""Roles that a word, a phrase or a sign plays in a reply, as bits: one phrase may play several.

WORD is an unknown word, OPT an option, LAB a label, NUM a number, SPELLED a number word; WRAP is a sign that is looked
through (brackets, quotes, asterisks); NL and PARA are line breaks; HEDGE is what `hedges` leaves of a `might be`; the
others are the lists of `words.Words`.
"""

# fmt: off
(
    WORD, OPT, LAB, NUM, FINAL, CUE, VERB, NOUN, ITEM, LINK, FILL, NEG, CONTRAST, DOUBT, OR, JOIN, WHY, FOLLOW, ENDING,
    TURN, THROUGH, SCALE, OUTOF, MEANS, DEGREE, RANK, SPELLED, COMMA, STOP, ASK, COLON, EQ, DASH, WRAP, SLASH, PERCENT,
    NL, PARA, CONCLUDE, TAIL, FIT, INVERT, HEDGE,
) = (1 << n for n in range(43))
# fmt: on

# what may name an answer
CANDIDATE = OPT | LAB | NUM
# what announces one
CUES = FINAL | CUE
# where a segment ends, and where a clause may
LINES = NL | PARA
BREAK = STOP | ASK | LINES
EDGE = BREAK | COMMA | COLON | DASH | WRAP | SLASH | EQ
# what a candidate at the beginning of a clause stands under
STARTS = BREAK | COMMA | TURN
# what may stand between a candidate and what it stands under
TIES = LINK | COLON | EQ | DASH
LINKING = TIES | FILL | WRAP | NOUN
# what may follow a candidate and leaves it as it is
ENDS = EDGE | WHY | FOLLOW | ENDING | FIT | CONTRAST | JOIN | TURN
# what a line that is nothing but an answer may be made of
PURE = CANDIDATE | LINK | FILL | EDGE | NOUN | FOLLOW | WHY | CUES
# what sets off the number of a list, and the entries of one
BULLET = STOP | COLON | DASH | WRAP
PIECE = COMMA | LINES | STOP | JOIN
# what a label or number in a list may stand under
PLACES = JOIN | VERB | CUES | RANK | CANDIDATE | FILL | LINK
