"""Every step of one institution beside the joint figure."""

from dataclasses import replace

from monitor.charts.matrix import judged_entry
from monitor.charts.over_time import completeness_entry
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.figures import Entry, days_entry, n_entry, share_entry, within_norm_entry
from monitor.narrative.sentences import cohort_words, interval_note, norm_words
from monitor.views.institution import InstitutionModel
from monitor.views.step import StepFigures
from pseudonymise.agreement import load_agreement


def steps_table(model: InstitutionModel, language: Language) -> Table:
    agreement = load_agreement()
    name = agreement.institution(model.institution).name
    values = {"name": name, "period": language.period(model.period)}
    caption = (
        language.gettext("Own figures, do not share: {name}, {period}", **values)
        if model.is_own
        else language.gettext("{name}, {period}", **values)
    )

    with_mix = any(own.case_mix for own, _ in model.rows)

    def row(own: StepFigures, joint: StepFigures) -> tuple[Entry, ...]:
        step = agreement.step(own.step)
        norm = norm_words(step.norm, language) if step.norm else language.gettext("no norm")
        return (
            Entry(language.of(step), details=(norm,)),
            *(
                (judged_entry(own, language), within_norm_entry(joint, language))
                if step.norm
                else (Entry(language.gettext("no norm")), Entry(language.gettext("no norm")))
            ),
            days_entry(own.median, step, language),
            days_entry(joint.median, step, language),
            days_entry(own.p90, step, language),
            n_entry(own, step, language),
            Entry(cohort_words(own.cohort, language)),
            _completeness(own, joint, language),
            *((_case_mix(own, language),) if with_mix else ()),
        )

    return Table(
        caption=caption,
        head=(
            language.gettext("Step"),
            language.gettext("Within the norm"),
            language.gettext("All together"),
            language.gettext("Half within"),
            language.gettext("All together: half within"),
            language.gettext("Nine in ten within"),
            language.gettext("Cases"),
            language.gettext("Status"),
            language.gettext("Date registered"),
            *((language.gettext("Late, of what the mix of cases leads one to expect"),) if with_mix else ()),
        ),
        rows=tuple(row(own, joint) for own, joint in model.rows),
        notes=(
            interval_note(language),
            language.gettext("All together: all institutions of this kind. The kind of cases is not weighed in."),
            *((_mix_note(language),) if with_mix else ()),
        ),
    )


def _completeness(own: StepFigures, joint: StepFigures, language: Language) -> Entry:
    """Of how many cases the date is registered, and below it of all together."""
    entry = completeness_entry(own, language)
    if joint.completeness is None:
        return entry
    words = language.gettext("all together {share}", share=language.percent(joint.completeness))
    return replace(entry, details=(words,))


def _case_mix(figures: StepFigures, language: Language) -> Entry:
    return Entry("") if figures.case_mix is None else share_entry(figures.case_mix, language)


def _mix_note(language: Language) -> str:
    return language.gettext(
        "100%: as many late as all together had in the same quarters and kinds of measure; more is later. With its "
        "95% interval."
    )
