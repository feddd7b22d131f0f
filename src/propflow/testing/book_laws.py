"""The laws of scoring, to be tried on a rule book of one's own with random findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

import attrs
from hypothesis import strategies as st

from propflow.errors import UnspecifiedPointsError
from propflow.scoring import (
    Answer,
    Finding,
    Label,
    Ledger,
    Posting,
    RuleBook,
    Score,
    Unspecified,
    assess,
    charges,
    check,
    evaluate,
    penalise,
    statements,
)
from propflow.testing.book_strategies import answers_of, findings_of, scores_of, values_of
from propflow.testing.laws import Law, law
from propflow.testing.liability_laws import liability_laws


def scoring_laws(book: RuleBook) -> tuple[Law, ...]:
    """The laws that concern this book: of its deductions, its items, its consequences.

    Values that the source leaves out are made up at random, so an unfinished book can be tried.

    Use it as `@pytest.mark.parametrize("law", scoring_laws(book), ids=lambda law: law.name)` and
    call `law.check()`.
    """
    laws: list[Law] = []
    if book.deductions:
        laws += _deduction_laws(book)
    if book.score_items:
        laws += _card_laws(book)
    if book.check_items:
        laws += _check_laws(book)
    if book.consequences:
        laws.append(
            law(
                "doubling_is_idempotent",
                Label("加倍两次等于加倍一次", "doubling twice is doubling once"),
                st.decimals(0, 100, places=2),
                lambda base: _doubling(book, base),
            )
        )
    laws += liability_laws(book)
    return tuple(laws)


def _deduction_laws(book: RuleBook) -> Iterator[Law]:
    days = findings_of(book)
    priced = st.tuples(days, values_of(book))
    yield law(
        "order_does_not_matter",
        Label("发现的先后不影响结果", "the order of findings does not matter"),
        days.flatmap(lambda day: st.tuples(st.just(day), st.permutations(day))),
        lambda both: _order(book, *both),
    )
    yield law(
        "a_further_finding_never_lowers_the_deduction",
        Label("多一项发现,扣分不会减少", "a further finding never lowers the deduction"),
        priced,
        lambda drawn: _further(_priced(book, drawn[1]), drawn[0]),
        provided=Label(
            "新增的发现不排除其他规则,且相互竞争的规则没有封顶或重犯加价",
            "it excludes no other rule, and rules that compete have no cap and no repetition",
        ),
    )
    yield law(
        "the_same_again_changes_nothing",
        Label("同一次检查重复记录不改变扣分", "the same again in one inspection changes nothing"),
        priced,
        lambda drawn: _again(_priced(book, drawn[1]), drawn[0]),
    )
    yield law(
        "missing_points_are_named",
        Label("缺分值的规则逐条列出", "exactly the charged rules without points are named"),
        days,
        lambda day: _named(book, day),
    )
    yield law(
        "a_floor_never_touches_the_total",
        Label("最低分不影响扣分合计", "a floor changes the score and never the total deduction"),
        priced,
        lambda drawn: _floor(_priced(book, drawn[1]), drawn[0]),
    )
    yield law(
        "bills_sum_to_the_total",
        Label("各账户之和等于合计", "what the accounts are charged sums to the total"),
        priced,
        lambda drawn: _bills(_priced(book, drawn[1]), drawn[0]),
    )
    yield law(
        "reversals_restore_the_total",
        Label("全部冲销后合计还原", "taking every entry back restores the total exactly"),
        priced,
        lambda drawn: _reversals(_priced(book, drawn[1]), drawn[0]),
    )


def _card_laws(card: RuleBook) -> Iterator[Law]:
    scores = scores_of(card)
    yield law(
        "items_sum_to_sections_and_sections_to_the_total",
        Label(
            "各项之和等于部分,各部分之和等于总分", "items sum to sections, sections to the total"
        ),
        scores,
        lambda drawn: _sums(card, drawn),
    )
    yield law(
        "items_stay_within_their_maximum",
        Label("各项得分在零分与满分之间", "every item earns from 0 to its maximum"),
        scores,
        lambda drawn: _within(card, drawn),
    )
    yield law(
        "weights_in_proportion_leave_the_share",
        Label("权重同比放大不改变得分率", "multiplying all weights by the same leaves the share"),
        st.tuples(scores, st.integers(1, 100)),
        lambda drawn: _weights(card, *drawn),
    )
    yield law(
        "weights_of_one_are_no_weights",
        Label("权重均为一等于不加权", "weights of one are the same as no weights"),
        scores,
        lambda drawn: _unweighted(card, drawn),
    )
    yield law(
        "a_share_is_from_0_to_1_or_none",
        Label("得分率在零与一之间,或者没有", "a share is from 0 to 1, or there is none"),
        scores,
        lambda drawn: _no_rate("share", evaluate(card, drawn).share, drawn),
    )


def _check_laws(book: RuleBook) -> Iterator[Law]:
    yield law(
        "a_rate_is_from_0_to_1_or_none",
        Label("合格率在零与一之间,或者没有", "a rate is from 0 to 1, or there is none"),
        answers_of(book),
        lambda drawn: _no_rate("pass rate", check(book, drawn).pass_rate, drawn),
    )
    yield law(
        "what_does_not_apply_changes_no_rate",
        Label("不适用的项目不影响合格率", "what does not apply changes no rate"),
        answers_of(book),
        lambda drawn: _left_out(book, drawn),
    )


def _priced(book: RuleBook, values: dict[str, Decimal]) -> RuleBook:
    return book.with_values(values)


def _shown(findings: Sequence[Finding]) -> str:
    return "".join(f"\n  {_brief(finding)}" for finding in findings) or " nothing"


def _brief(finding: Finding) -> str:
    """The finding as it would be written, without what is not set."""
    given = [
        f"{field.name}={value!r}"
        for field in attrs.fields(Finding)[1:]
        if (value := getattr(finding, field.name)) not in ((), None)
    ]
    return f"Finding({', '.join([repr(finding.rule), *given])})"


def _order(book: RuleBook, one: Sequence[Finding], other: Sequence[Finding]) -> str | None:
    if repr(assess(book, one)) == repr(assess(book, other)):
        return None
    return f"these findings cost otherwise in the order{_shown(one)}\nthan in{_shown(other)}"


def _further(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    *before, last = findings
    if not _is_bound_to_add(book, findings):
        return None
    without, with_it = assess(book, before).total, assess(book, findings).total
    if with_it >= without:
        return None
    return f"{without} becomes {with_it} when {_brief(last)} is added to{_shown(before)}"


def _is_bound_to_add(book: RuleBook, findings: Sequence[Finding]) -> bool:
    """Whether the law speaks of these findings; what limits it is explained with the model.

    A finding that excludes another rule replaces what that rule had charged. And where rules
    compete, caps and repetition are not weighed.
    """
    rules = {rule.id: rule for rule in book.deductions}
    used = [rules[finding.rule] for finding in findings]
    excludes = any(findings[-1].rule in rule.excluded_by for rule in used)
    adjusted = any(rule.cap is not None or rule.repetition is not None for rule in used)
    compete = any(rule.same_as for rule in used) or any(each.fact for each in findings)
    return not excludes and not (adjusted and compete)


def _again(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    first = findings[0]
    (rule,) = (each for each in book.deductions if each.id == first.rule)
    if rule.counts_every_time:
        first = attrs.evolve(first, fact=first.fact or "the same")
        findings = [first, *findings[1:]]
    elif first.fact is not None:
        return None  # noting the fact again is another law
    once, twice = assess(book, findings).total, assess(book, [*findings, first]).total
    if once == twice:
        return None
    return f"{once} becomes {twice} when {_brief(first)} is noted again beside{_shown(findings)}"


def _named(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    result = assess(book, findings)
    open_rules = {rule.id for rule in book.deductions if rule.points is Unspecified}
    missing = {line.rule for line in result.lines} & open_rules
    named: set[str] = set()
    try:
        _ = result.total
    except UnspecifiedPointsError as error:
        named = set(error.rules)
    if named == missing:
        return None
    return f"{sorted(missing)} lack points, and {sorted(named)} are named, for{_shown(findings)}"


def _floor(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    plain, floored = assess(book, findings), assess(book, findings, base=10, floor=5)
    if plain.total == floored.total and floored.score == max(Decimal(5), 10 - plain.total):
        return None
    return f"{plain.total} becomes {floored.total} for{_shown(findings)}"


def _bills(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    result = assess(book, findings)
    billed = sum((Fraction(bill.total) for bill in result.bills), Fraction(0))
    if billed == Fraction(result.total):
        return None
    return f"{billed} is billed of {result.total} for{_shown(findings)}"


def _reversals(book: RuleBook, findings: Sequence[Finding]) -> str | None:
    charged = {
        f"{place}:{number}": Posting(
            account=bill.account,
            holder=bill.holder or "nobody named",
            month="2026-01",
            points=charge.points,
            rule=charge.rule,
            source=str(place),
        )
        for place, bill in enumerate(assess(book, findings).bills)
        for number, charge in enumerate(charges(bill))
    }
    back = {
        f"{entry_id}:back": posting.reversal(entry_id, month="2026-02", reason="law")
        for entry_id, posting in charged.items()
    }
    ledger = Ledger().post(charged).close("2026-01").post(back)
    months = [statements(ledger.postings.values(), month=month) for month in ("2026-01", "2026-02")]
    before, after = (sum(Fraction(each.points) for each in month) for month in months)
    if before + after == 0:
        return None
    return f"{before} and {after} are left of{_shown(findings)}"


def _within(card: RuleBook, scores: dict[str, Score]) -> str | None:
    for each in evaluate(card, scores).items:
        if each.points is not None and not 0 <= each.points <= each.maximum:
            return f"{each.item} earns {each.points} of {each.maximum} for {scores}"
    return None


def _sums(card: RuleBook, scores: dict[str, Score]) -> str | None:
    outcome = evaluate(card, scores)
    totals = [section.total for section in outcome.sections]
    points = [each.points or Decimal(0) for each in outcome.items]
    known = [each for each in totals if each is not None]
    complete = len(known) == len(totals)
    summed = outcome.total is None or outcome.total == sum(known) == sum(points)
    if complete == (outcome.total is not None) and summed:
        return None
    return f"sections {totals} and the total {outcome.total} do not agree for {scores}"


def _weights(card: RuleBook, scores: dict[str, Score], factor: int) -> str | None:
    weights = {item.id: item.weight for item in card.score_items}
    scaled = {item: weight * factor for item, weight in weights.items()}
    one, other = evaluate(card, scores).share, evaluate(card, scores, weights=scaled).share
    if one == other:
        return None
    return f"{one} becomes {other} with weights times {factor} for {scores}"


def _unweighted(card: RuleBook, scores: dict[str, Score]) -> str | None:
    ones = {item.id: 1 for item in card.score_items}
    outcome = evaluate(card, scores, weights=ones)
    plain = None
    if outcome.total is not None and outcome.maximum:
        plain = Fraction(outcome.total) / Fraction(outcome.maximum)
    if outcome.share == plain:
        return None
    return f"{outcome.total} of {outcome.maximum} is the share {outcome.share} for {scores}"


def _no_rate(name: str, rate: Fraction | None, given: object) -> str | None:
    return None if rate is None or 0 <= rate <= 1 else f"the {name} is {rate} for {given}"


def _left_out(book: RuleBook, answers: dict[str, Answer]) -> str | None:
    judged = [each for each in answers.values() if each in (Answer.PASS, Answer.FAIL)]
    expected = None
    if judged and len(answers) == len(book.check_items):
        expected = Fraction(judged.count(Answer.PASS), len(judged))
    found = check(book, answers).pass_rate
    return None if found == expected else f"the pass rate is {found}, not {expected}, for {answers}"


def _doubling(book: RuleBook, base: Decimal) -> str | None:
    parties = {role: role for each in book.consequences for role in each.liable}
    parties |= {link.party: link.party for each in book.consequences for link in each.chain}
    once = penalise(base, book.consequences, parties)
    twice = penalise(base, [*book.consequences, *book.consequences], parties)
    return None if once == twice else f"{once} becomes {twice}"
