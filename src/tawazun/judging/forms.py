"""Forms for people: one HTML file each, which needs no network, keeps what was filled in, and hands it out as a file.

Nothing that came from data or a model is ever markup: every text is escaped, and what the script reads is JSON that
cannot end its element. A content security policy names the one style and the one script by their hashes and allows
nothing else, from inside or outside.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files

from tawazun.errors import BadFile
from tawazun.judging.authoring import COLUMNS, LICENCES
from tawazun.judging.form_words import LABEL_WORDS, LANGUAGES, WORDS
from tawazun.judging.packs import ABOUT, FILLED, LABELS, PAIRS, Key, columns_of, pack_rows
from tawazun.places import places

LEFTWARDS = ("ar",)
LETTERS = ("A", "B", "C", "D")


def rating_form(key: Key, rater: str) -> str:
    """The form of one rater's pack. Errors: BadFile for a language that forms do not have."""
    words = words_of(key.language)
    rows = pack_rows(key, rater)
    articles = [_article(key, words, row, number) for number, row in enumerate(rows, start=1)]
    held = {
        "store": f"tawazun-rating:{key.pack}:{rater}",
        "file": f"{key.pack}-{rater}",
        "columns": columns_of(key.kind),
        "filled": [*FILLED[key.kind], "comment"],
        "about": ABOUT,
        "rows": rows,
    }
    body = [
        f"<h1>{words['title']}</h1><p>{words['intro']}</p>",
        _about(words, key.language, rating=True),
        *articles,
        _saving(words),
    ]
    return _page(key.language, words["title"], "\n".join(body), held, "rating.js")


def author_form(language: str) -> str:
    """The form in which people write questions of their own. Errors: BadFile for a language that forms do not have."""
    words = words_of(language)
    fields = [
        _field(
            "question", words["question"], '<textarea id="question" rows="3" maxlength="2000" dir="auto"></textarea>'
        ),
        *(
            _field(letter, f"{words['option']} {letter}", f'<input id="{letter}" maxlength="500" dir="auto">')
            for letter in LETTERS
        ),
        _field("answer", words["right"], '<input id="answer" maxlength="500" dir="auto">'),
        _field("country", words["item_country"], _countries("country", language)),
        _field("topic", words["topic"], '<input id="topic" maxlength="80" dir="auto">'),
        _field("source", words["source"], '<input id="source" maxlength="500" dir="auto">'),
        _field("licence", words["licence"], _select("licence", [(name, name) for name in LICENCES])),
    ]
    held = {
        "store": f"tawazun-author:{language}",
        "file": "questions",
        "columns": COLUMNS,
        "fields": ["question", *LETTERS, "answer", "country", "topic", "source", "licence"],
        "needed": ["question", "answer", "country", "source", "licence"],
        "language": language,
        "words": {name: words[name] for name in ("incomplete", "remove")},
    }
    body = [
        f"<h1>{words['author_title']}</h1><p>{words['author_intro']}</p>",
        _about(words, language, rating=False),
        f'<section class="row"><div>{"".join(fields)}</div><button type="button" id="add">{words["add"]}</button>'
        '<p id="fault" role="alert"></p></section><ol id="items"></ol>',
        _saving(words),
    ]
    return _page(language, words["author_title"], "\n".join(body), held, "author.js")


def words_of(language: str) -> Mapping[str, str]:
    """The words of a form. Errors: BadFile naming the languages there are."""
    if language not in WORDS:
        raise BadFile(f"language: forms are in {', '.join(LANGUAGES)}, not {language!r}")
    return WORDS[language]


def _article(key: Key, words: Mapping[str, str], row: Mapping[str, str], number: int) -> str:
    parts = [f'<article class="row" data-code="{escape(row["code"])}"><h2>{number}</h2>']
    if row["place"]:
        parts.append(f"<p class=place>{words['place']}: <b>{escape(row['place'])}</b></p>")
    parts.append(_text(words["question"], row["prompt"]))
    if key.kind == PAIRS:
        parts += [_text(words["first"], row["answer_1"]), _text(words["second"], row["answer_2"])]
        asked = words["choice"] if row["place"] else words["choice_plain"]
        values = [("1", words["first"]), ("2", words["second"]), ("tie", words["tie"])]
        parts.append(_radios(words, number, "choice", asked, values))
    else:
        parts.append(_text(words["answer"], row["answer"]))
        named = [(label, LABEL_WORDS[key.language][label]) for label in LABELS]
        parts.append(_radios(words, number, "label", words["label"], named, words["label_help"]))
        parts.append(_radios(words, number, "grade", words["grade"], [(str(k), str(k)) for k in range(11)]))
    comment = '<textarea data-field="comment" rows="2" maxlength="2000" dir="auto"></textarea>'
    return "".join([*parts, f"<label>{words['comment']}{comment}</label></article>"])


def _text(title: str, text: str) -> str:
    return f'<h3>{title}</h3><blockquote dir="auto">{escape(text)}</blockquote>'


def _radios(
    words: Mapping[str, str], number: int, name: str, asked: str, values: Sequence[tuple[str, str]], help_: str = ""
) -> str:
    buttons = "".join(
        f'<label><input type="radio" name="{name}-{number}" data-field="{name}" value="{value}">{text}</label>'
        for value, text in values
    )
    more = f"<small>{help_}</small>" if help_ else ""
    # a browser never takes a choice back by itself, and what cannot be judged is left out
    clear = f'<button type="button" data-clear>{words["clear"]}</button>'
    return f"<fieldset><legend>{asked}</legend>{buttons}{clear}{more}</fieldset>"


def _about(words: Mapping[str, str], language: str, *, rating: bool) -> str:
    name = "rater" if rating else "author"
    own = (
        "" if rating else _field("author", words["pseudonym"], '<input id="author" maxlength="40" data-about="author">')
    )
    return (
        f'<section class="row"><h2>{words["about"]}</h2>{own}'
        + _field(f"{name}_country", words["country"], _countries(f"{name}_country", language, about=True))
        + _field(
            f"{name}_dialect",
            words["dialect"],
            f'<input id="{name}_dialect" data-about="{name}_dialect" maxlength="40" dir="auto">',
        )
        + f'<label class="consent"><input type="checkbox" id="consent" data-about="consent">{words["consent"]}</label>'
        + "</section>"
    )


def _saving(words: Mapping[str, str]) -> str:
    return (
        '<section class="row saving"><p><output id="done">0</output> '
        f'{words["done"]}</p><button type="button" id="csv" disabled>{words["save_csv"]}</button>'
        f'<button type="button" id="json" disabled>{words["save_json"]}</button>'
        f'<p id="missing">{words["no_consent"]}</p></section>'
    )


def _field(name: str, title: str, control: str) -> str:
    return f'<label for="{name}">{title}</label>{control}'


@cache
def _named_countries(language: str) -> tuple[tuple[str, str], ...]:
    found = []
    for code, one in places().items():
        if one.kind == "country":
            name = one.called(language)
            found.append((code, name.name.removeprefix("the ") if name else one.english))
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _countries(name: str, language: str, *, about: bool = False) -> str:
    return _select(name, [("", ""), *_named_countries(language)], about=about)


def _select(name: str, values: Sequence[tuple[str, str]], *, about: bool = False) -> str:
    options = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in values)
    return f'<select id="{name}"{f" data-about={name}" if about else ""}>{options}</select>'


def _page(language: str, title: str, body: str, held: Mapping[str, object], script: str) -> str:
    style, code = _asset("form.css"), _asset("form.js") + _asset(script)
    policy = (
        f"default-src 'none'; style-src {_fingerprint(style)}; script-src {_fingerprint(code)}; "
        "base-uri 'none'; form-action 'none'"
    )
    direction = "rtl" if language in LEFTWARDS else "ltr"
    return (
        f'<!doctype html>\n<html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{style}</style></head>\n<body><main>\n{body}\n</main>\n"
        f'<script type="application/json" id="held">{_json(held)}</script>\n<script>{code}</script></body></html>\n'
    )


def _json(value: object) -> str:
    """JSON that cannot end a script element or open a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _fingerprint(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return files("tawazun.judging").joinpath(name).read_text(encoding="utf-8")
