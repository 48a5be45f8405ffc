"""Keys that every strong respondent contradicts with the same other option: worth a person's second look."""

from collections import Counter

from tawazun.audit.records import Check, Finding, Outcome, found, skipped
from tawazun.audit.sheet import Sheet

FEWEST = 3
STRONG = 0.2  # share of the way from chance to all right
AGREE = 1.0


def run(sheet: Sheet) -> Outcome:
    """Needs the answers of several respondents that know what they are asked."""
    if not sheet.answers:
        return skipped(f"give runs of {FEWEST} strong respondents or more (--run RUN) to see which keys all contradict")
    keyed = {one.id: one for one in sheet.keyed}
    scores = {}
    for name, chosen in sheet.answers.items():
        own = [keyed[item] for item in chosen if item in keyed]
        if own:
            hits = sum(chosen[one.id] == one.right for one in own) / len(own)
            chance = sum(1 / len(one.options) for one in own) / len(own)
            scores[name] = (hits - chance) / (1 - chance)
    strong = sorted(name for name, score in scores.items() if score >= STRONG)
    if len(strong) < FEWEST:
        return skipped(
            f"{len(strong)} strong respondents of {len(scores)} ({STRONG:.0%} of the way above chance); {FEWEST} are "
            "needed"
        )
    findings = []
    for item, one in keyed.items():
        votes = Counter(sheet.answers[name][item] for name in strong if item in sheet.answers[name])
        if votes.total() >= FEWEST:
            choice, count = votes.most_common(1)[0]
            if choice != one.right and count >= AGREE * votes.total():
                text = f"key: {one.answer}; all {count} strong respondents: {one.options[choice]}"[:200]
                findings.append(
                    Finding(
                        "contested-key", "warning", (item,), text, f"answers of {', '.join(strong)}"[:200], float(count)
                    )
                )
    return found(f"{len(findings)} keys that all of {len(strong)} strong respondents contradict alike", findings)


CHECK = Check("contested", "keys that every strong respondent contradicts", run)
