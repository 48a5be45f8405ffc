"""From a claim and finished runs to a finding: the test of its kind, the verdict, what it does not show, a sentence."""

from dataclasses import replace

from tawazun.claims.files import find_kind
from tawazun.claims.gathering import Gathered
from tawazun.claims.kept import why_exploratory
from tawazun.claims.records import ClaimKeys, Finding, Found, Levels
from tawazun.claims.verdicts import ROUNDING


def decide(gathered: Gathered, claim: ClaimKeys) -> Finding:
    """The finding of a claim.

    Errors   UnknownName or BadStudy for a respondent, population or factor that the runs do not have; Refused for
             respondents that were not asked alike
    """
    kind = find_kind(claim.kind)
    family = max(claim.family, *(len(drift.claims) for drift in gathered.drifts.values()))
    alpha = gathered.alpha if claim.alpha is None else claim.alpha
    level = gathered.level if claim.level is None else claim.level
    levels = Levels(alpha / family, 1 - (1 - level) / family)
    found = kind.judge(gathered, claim, levels)
    return _finding(gathered, claim, found, levels, family)


def _finding(gathered: Gathered, claim: ClaimKeys, found: Found, levels: Levels, family: int) -> Finding:
    evidence = found.evidence
    exploratory = why_exploratory(gathered, found.respondents, claim.digest)
    limits = [*found.limits, *([exploratory] if exploratory else [])]
    if evidence.delta is None:
        limits.append(f"No smallest effect of interest: {found.origin}.")
    low, high = evidence.interval or (None, None)
    finding = Finding(
        claim=claim.claim,
        kind=claim.kind,
        verdict=found.ruling.verdict,
        reason=found.ruling.reason,
        value=evidence.value,
        low=low,
        high=high,
        level=levels.level,
        unit=found.unit,
        p=evidence.p_for,
        p_against=evidence.p_against,
        minimum_p=evidence.minimum_p,
        alpha=levels.alpha,
        family=family,
        smallest_effect=evidence.delta,
        smallest_effect_from=found.origin,
        method=found.method,
        facts=found.facts,
        needs=found.needs,
        limits=tuple(dict.fromkeys(limits)),
        exploratory=bool(exploratory),
        sentence="",
        respondents=found.respondents,
        runs=tuple(part.name for part in gathered.parts),
    )
    fixed = (claim.words or gathered.words) == "fixed"
    return replace(finding, sentence=_sentence(finding, found, ", for these words only" if fixed else ""))


def _sentence(finding: Finding, found: Found, scope: str) -> str:
    """One sentence with its numbers; `scope` says what it is confined to."""
    if finding.value is None:
        return f"{found.subject}{scope}: no estimate ({finding.reason}); {finding.verdict}."
    shown = _number(finding.value)
    parts = []
    if finding.low is not None and finding.high is not None:
        parts.append(f"{100 * finding.level:.4g} % interval {_number(finding.low)} to {_number(finding.high)}")
    else:
        parts.append("no interval")
    p = finding.p if finding.value > ROUNDING or finding.p_against is None else finding.p_against
    if p is not None:
        least = f", smallest attainable {finding.minimum_p:.2g}" if finding.minimum_p is not None else ""
        parts.append(f"one-sided p {'< .0001' if p < 1e-4 else f'= {p:.2g}'}{least}")
    if finding.smallest_effect is not None:
        parts.append(f"smallest effect of interest {_number(finding.smallest_effect)}")
    label = "exploratory; " if finding.exploratory else ""
    return f"{found.subject}{scope}: {shown} {found.short} ({'; '.join(parts)}): {label}{finding.verdict}."


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 0.0005 or value == 0 else f"{value:.1g}"
