"""Whether a text states a fact, reverses it or leaves it out."""

import pytest

from harness.core.text import bindings, mentions, statements

WON = (("वर्मा ने", "Verma"), ("फाइनल", "खिताब", "final"), ("जीत", "जीता", "win", "won"))


def judge(groups, content, *, negated=False, names=()):
    return statements.judge(groups, statements.split(content), negated=negated, names=names)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("सुमन वर्मा ने फाइनल जीता।", "stated"),
        ("वर्मा ने ख़िताब जीत लिया।", "stated"),
        ("वर्मा ने मैच खेला। खिताब जीता।", "missing"),
        ("फाइनल वर्मा को नहीं मिला।", "missing"),
        ("वर्मा ने फाइनल नहीं जीता।", "reversed"),
        ("वर्मा ने फाइनल खेला, लेकिन जीत नहीं सकीं।", "reversed"),
        ("शर्मा नहीं आए, पर वर्मा ने फ़ाइनल जीत लिया।", "stated"),
        ("वर्मा ने, जो पहले कभी नहीं जीती थीं, खिताब जीता।", "stated"),
        ("वर्मा ने न केवल फाइनल जीता बल्कि दिल भी।", "stated"),
        ("वर्मा ने फाइनल नहीं जीता। बाद में वर्मा ने फाइनल जीता।", "stated"),
        ("Verma won the final.", "stated"),
        ("Verma did not win the final.", "reversed"),
        ("Verma won the final without delay.", "stated"),
        ("Verma was not the favourite, but won the final.", "stated"),
        ("If it is not rained off, Verma wins the final.", "stated"),
        ("", "missing"),
    ],
)
def test_a_statement(content, verdict):
    assert judge(WON, content) == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("No one was hurt.", "stated"),
        ("Ten people were hurt.", "reversed"),
        ("Nobody was injured in the fire.", "stated"),
        ("The fire was small.", "missing"),
    ],
)
def test_a_negative_statement(content, verdict):
    assert judge((("hurt", "injured"),), content, negated=True) == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("The court did not accept the plea of the contractor.", "stated"),
        ("The court rejected the plea of the contractor.", "stated"),
        ("The court did not reject the plea of the contractor.", "reversed"),
    ],
)
def test_a_negation_within_an_alternative_belongs_to_the_statement(content, verdict):
    assert judge((("court",), ("did not accept", "reject"), ("plea",)), content) == verdict


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        ("Goats are afraid not of stars but of leopards.", "stated"),
        ("Goats are afraid not of leopards but of stars.", "reversed"),
        ("बकरियाँ तारों से नहीं, तेंदुओं से डरती हैं।", "stated"),
        ("बकरियाँ तेंदुओं से नहीं, तारों से डरती हैं।", "reversed"),
    ],
)
def test_a_contrast_denies_one_side(content, verdict):
    assert judge((("goats", "बकरियाँ"), ("leopards", "तेंदुओं"), ("afraid", "डरती")), content) == verdict


NAMES = bindings.names([
    ("person", ["Pari Sahu", "Pari"]), ("person", ["Ramesh Lodhi"]), ("number", ["12", "=12"]), ("number", ["45"]),
    ("money", ["=50000"]), ("money", ["=20000"]),
])  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "right", "wrong"),
    [
        (
            (("Pari",), ("=12",)),
            "The injured are 12-year-old Pari Sahu and 45-year-old Ramesh Lodhi.",
            "The injured are 45-year-old Pari Sahu and 12-year-old Ramesh Lodhi.",
        ),
        (
            (("seriously",), ("=50000",)),
            "The seriously injured get Rs 50,000 each, and the rest Rs 20,000.",
            "The seriously injured get Rs 20,000 each, and the rest Rs 50,000.",
        ),
        (
            (("Pari",), ("leg",)),
            "Pari broke a leg, while Ramesh Lodhi has a head injury.",
            "Ramesh Lodhi broke a leg, while Pari has a head injury.",
        ),
    ],
)
def test_a_number_or_person_of_something_else_does_not_count(groups, right, wrong):
    assert judge(groups, right, names=NAMES) == "stated"
    assert judge(groups, wrong, names=NAMES) == "missing"


def test_coordinated_names_share_what_is_said_of_them():
    assert judge((("Ramesh",), ("injured",)), "Pari Sahu and Ramesh Lodhi were injured.", names=NAMES) == "stated"
    assert judge((("Pari",), ("injured",)), "Pari Sahu and Ramesh Lodhi were injured.", names=NAMES) == "stated"


def test_a_name_inside_a_longer_name_is_no_mention():
    entries = {
        "gp": mentions.Entry(("Global Partnership",)),
        "sgp": mentions.Entry(("Special Global Partnership",)),
        "n": mentions.Entry(("six tackles",), 6),
    }
    content = "They have a ‘Special Global Partnership’, made by 6 people."
    assert mentions.find(content, entries) == {"sgp", "n"}
    assert mentions.find(content, entries, nested=True) == {"gp", "sgp", "n"}
    assert mentions.find("It is no global partnership.", entries) == {"gp"}
    assert mentions.find("", entries) == set()


@pytest.mark.parametrize(
    ("groups", "right", "wrong"),
    [
        (
            (("=61",), ("close", "बंद")),
            "It will close 61 of its 148 warehouses.",
            "It will close 148 of its 61 warehouses.",
        ),
        ((("=61",), ("बंद",)), "वह १४८ गोदामों में से ६१ बंद करेगी।", "वह ६१ गोदामों में से १४८ बंद करेगी।"),
        ((("=148",), ("loss",)), "The loss grew from Rs 61 to Rs 148.", "The loss grew from 148 to 61."),
        ((("=148",), ("घाटा",)), "घाटा ६१ से बढ़कर १४८ हो गया।", "घाटा १४८ से बढ़कर ६१ हो गया।"),
        (
            (("Megha",), ("salary",)),
            "Asked why Megha's salary rose, Batra laughed.",
            "Asked why Batra's salary rose, Megha laughed.",
        ),
    ],
    ids=["part of a whole", "part of a whole in Hindi", "new value", "new value in Hindi", "owner"],
)
def test_a_part_a_new_value_and_an_owner_are_told_from_the_whole_the_old_value_and_others(groups, right, wrong):
    names = bindings.names([
        *(("number", (f"={value}",)) for value in (61, 148)),
        *(("person", (name,)) for name in ("Megha", "Batra")),
    ])
    assert judge(groups, wrong, names=names) == "missing"
    assert judge(groups, right, names=names) == "stated"
