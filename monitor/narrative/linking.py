"""How a road from report to help is made without a register of children, for whoever it may be about."""

from dataclasses import dataclass

from monitor.locale import N_, Language
from pseudonymise.agreement import load_agreement

QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What do you want to know of my family?"),
        (
            N_(
                "Nothing of your family. We want to know how long it takes in Gelderland before children of whom "
                "somebody was worried get help. When that takes too long, the organisations can do something about it"
                " together."
            ),
        ),
    ),
    (
        N_("Why is that so hard?"),
        (
            N_(
                "Veilig Thuis knows on which day a report came in. Another organisation knows on which day help "
                "started. Neither knows both. They may not just lay their files side by side: that would be a "
                "register of all these children, and there should be none."
            ),
        ),
    ),
    (
        N_("How do you do it then?"),
        (
            N_(
                "Each organisation turns the citizen service number (BSN) of a child into a secret code. It cannot do"
                " that alone: it locks the number in a box, a keeper turns a key in the box without seeing what is in"
                " it, and sends the box back. The same child gets the same code everywhere. From the code nobody can "
                "get back to the number."
            ),
            N_(
                "Each date is moved by a secret number of days, another for each child and the same everywhere. So "
                "the monitor sees that there are 200 days between a report and help, and not on which day either was."
                " Only the quarter of the year and the region of the report are told."
            ),
            N_(
                "The monitor counts the codes: so many children, so many of them helped within so many days. After "
                "that it throws the codes away. What is left are numbers in a table, and small numbers are not shown."
            ),
        ),
    ),
    (
        N_("Who sees what?"),
        (
            N_("Your organisation sees what it knew already, and nothing more."),
            N_("The keepers of the keys see how many children an organisation asks for, and never which."),
            N_(
                "The monitor sees codes and numbers of days, without a name, number or date, for at most {days} days."
                " It has neither key."
            ),
            N_("The reader sees shares and days of many children together, in this monitor."),
        ),
    ),
    (
        N_("What if somebody does not keep to it?"),
        (
            N_(
                "No one of them can find your child by itself. If the monitor and the first keeper broke the rules "
                "together, they could find out whose the codes are, while these are there. So they are different "
                "organisations, the agreement forbids it, each use of a key is written down and limited, and the "
                "codes are gone soon. Someone who knows exactly how long your child waited might recognise a number "
                "of days."
            ),
        ),
    ),
    (
        N_("May this be done?"),
        (
            N_(
                "Only when the organisations have agreed for what, on which ground and for how long, and have judged "
                "the risks (in a DPIA). The agreement behind this monitor is an example, and holds until {until}. All"
                " children in this demonstration are invented."
            ),
            N_(
                "Who is in the file of an organisation can ask that organisation to see it, to correct it, or object."
                " The monitor itself cannot find anybody: there is nothing in it to look somebody up by."
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Question:
    question: str
    answer: tuple[str, ...]


def questions(language: Language) -> tuple[Question, ...]:
    """What a citizen may ask, and what is true of it under the agreement; none when nothing is linked."""
    terms = load_agreement().linked
    if terms is None:
        return ()
    of_agreement = {"days": language.number(terms.erase_within_days), "until": language.date(terms.until)}
    return tuple(
        Question(
            language.gettext(question),
            tuple(language.gettext(paragraph, **of_agreement) for paragraph in paragraphs),
        )
        for question, paragraphs in QUESTIONS
    )
