"""What a row about a step says of itself: duration, outcome and norm must agree."""

from monitor.intake.rule import Check, Rows, Severity, failing
from monitor.intake.rules.columns import remake, step_values
from pseudonymise.agreement import NormResult, Outcome, load_agreement
from pseudonymise.calendar import longest_term
from pseudonymise.delivery import Delivery

# What is said of the norm while the term lasts.
IN_TIME = {
    Outcome.REACHED: NormResult.MET,
    Outcome.OPEN: NormResult.NOT_DUE,
    Outcome.ENDED: NormResult.LAPSED,
    Outcome.UNREGISTERED: NormResult.UNKNOWN,
}


def duration_and_outcome_differ(delivery: Delivery) -> Rows:
    """Unregistered means passed on an unknown day: it has no duration, and every other outcome has one."""
    steps = delivery.tables["steps"]
    return failing({"steps": steps["duration"].isna() != steps["outcome"].eq(Outcome.UNREGISTERED)})


def norm_result_and_duration_differ(delivery: Delivery) -> Rows:
    """Durations are laid on the norm, so *met* is exactly ``duration <= norm_days``.

    An open case is late from the longest that the term can last: said sooner, it would give its date away.
    """
    steps = delivery.tables["steps"]
    norms = {step.code: step.norm for step in load_agreement().steps if step.norm}
    longest = steps["step"].map({code: longest_term(norm) for code, norm in norms.items()}).astype("Int64")
    norm_days = steps["step"].map(step_values("norm_days")).astype("Int64")
    is_open = steps["outcome"].eq(Outcome.OPEN)
    late = steps["duration"].gt(norm_days).mask(is_open, steps["duration"].ge(longest)).fillna(False)
    expected = steps["outcome"].map(IN_TIME).mask(late, NormResult.MISSED)
    return failing({"steps": steps["norm_result"].ne(expected.where(norm_days.notna(), NormResult.NONE))})


def reached_without_source(delivery: Delivery) -> Rows:
    """Where a step begins is another matter: a missing anchor can have its proxy."""
    steps = delivery.tables["steps"]
    missing = delivery.manifest.missing_milestones
    without = {step.code for step in load_agreement().steps if step.to in missing}
    return failing({"steps": steps["step"].isin(without) & steps["outcome"].eq(Outcome.REACHED)})


CHECKS = (
    Check(
        "duration_and_outcome_differ",
        Severity.ERROR,
        ("duration", "outcome"),
        **remake(
            "de duur moet leeg zijn bij 'unregistered', en gevuld bij elke andere uitkomst",
            "the duration must be empty for 'unregistered', and filled for every other outcome",
        ),
        failing=duration_and_outcome_differ,
    ),
    Check(
        "norm_result_and_duration_differ",
        Severity.ERROR,
        ("duration", "outcome", "norm_result"),
        **remake(
            "het oordeel over de norm past niet bij de duur en de norm van de stap",
            "the result of the norm does not fit the duration and the norm of the step",
        ),
        failing=norm_result_and_duration_differ,
    ),
    Check(
        "reached_without_source",
        Severity.ERROR,
        ("step", "outcome"),
        **remake(
            "de stap is bereikt, terwijl de mijlpaal volgens het manifest niet in de bron staat",
            "the step was reached, while the manifest says that its milestone is not in the source",
        ),
        failing=reached_without_source,
    ),
)
