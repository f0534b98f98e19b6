"""The sentences of the generated news: for each topic and role, patterns in Hindi with their English translation.

`{key}` is a fact of the item in its Hindi or English form; `<key:masculine|feminine>` agrees with the gender of a fact.
No English pronoun depends on another sentence, because sentences are translated one at a time. Nearly every pattern
has a fact with many possible values (a person, a place, a number), so that a sentence need not be in two splits.

Two facts of an item must not contradict each other: use one key for one thing ({few} days of a visit, {few} years of
building). A summary says nothing that a lead and a detail together do not say. Before a postposition, Hindi needs the
oblique form: {subject}, {weather} and {feats} are oblique. No English sentence begins with a figure.

Facts of every topic: person (office and name), name, surname, office; second (another person), second_name; player (a
third); city, town; state, government, company, subject, subject2, facility; when ("on Monday"), time, morning,
afternoon, evening, later (a date); few and several (2-9), some and dozens (12-90), crowd (thousands), many (up to
lakhs), amount and lakhs (of rupees); url, handle, hashtag. The others belong to one topic.
"""

from __future__ import annotations

from typing import NamedTuple


class Pattern(NamedTuple):
    """One sentence in both languages, with places for facts."""

    hindi: str
    english: str


class Topic(NamedTuple):
    """The patterns of one kind of news. Every item has a lead and a detail, which give the summary its facts."""

    titles: tuple[Pattern, ...]
    leads: tuple[Pattern, ...]
    details: tuple[Pattern, ...]
    extras: tuple[Pattern, ...]
    quotes: tuple[Pattern, ...]  # words of the person, without quotation marks and final stop
    summary: Pattern
    introduced: bool  # the title or the lead says who the person is


def _patterns(content: str) -> tuple[Pattern, ...]:
    """Return patterns from pairs of lines, Hindi above English."""
    lines = [line.strip() for line in content.strip().splitlines() if line.strip()]
    return tuple(Pattern(hindi, english) for hindi, english in zip(lines[::2], lines[1::2], strict=True))


# Ways to quote the item's person. SAYING_AGAIN has the name alone: use it if the item has said who that is.
SAYING = _patterns("""
    {person} ने कहा, "{quote}।"
    {person} said, "{quote}."
    {person} ने पत्रकारों से कहा, "{quote}।"
    {person} told reporters, "{quote}."
    "{quote}", {person} ने कहा।
    "{quote}," {person} said.
    {office} {surname} ने कहा, "{quote}।"
    {office} {surname} said, "{quote}."
""")
SAYING_AGAIN = _patterns("""
    {surname} ने कहा, "{quote}।"
    {surname} said, "{quote}."
    {name} ने {city} में कहा, "{quote}।"
    {name} said in {city}, "{quote}."
    "{quote}", {name} ने कहा।
    "{quote}," {name} said.
    {surname} ने पत्रकारों से कहा, "{quote}।"
    {surname} told reporters, "{quote}."
""")

LINKS = _patterns("""
    पूरी जानकारी {url} पर दी गई है।
    Full details are given at {url}.
    {person} ने यह जानकारी {handle} पर भी साझा की।
    {person} also shared this information on {handle}.
    लोग {hashtag} के साथ अपने सुझाव भेज सकते हैं।
    People can send their suggestions with {hashtag}.
    इसकी जानकारी {handle} और {url} पर भी मिलेगी।
    Information on this will also be available at {handle} and {url}.
""")

_MEETING = Topic(
    titles=_patterns("""
        {city} में {person} की {second_name} से मुलाकात
        {person} meets {second_name} in {city}
        {name} और {second_name} ने {subject} पर की चर्चा
        {name} and {second_name} discuss {subject}
        {city} में {subject} और {subject2} पर बैठक
        Meeting on {subject} and {subject2} in {city}
        {subject} पर बातचीत के लिए {city} <person:पहुंचे|पहुंचीं> {name}
        {name} reaches {city} for talks on {subject}
    """),
    leads=_patterns("""
        {person} ने {when} {city} में {second} से मुलाकात की।
        {person} met {second} in {city} {when}.
        {person} और {second} के बीच {when} {city} में बैठक हुई।
        A meeting between {person} and {second} was held in {city} {when}.
        {when} {city} में हुई बैठक में {person} ने {second} से बातचीत की।
        At a meeting in {city} {when}, {person} held talks with {second}.
        {person} {when} {city} में {second} से <person:मिले|मिलीं>।
        {person} met {second} in {city} {when}.
        {city} में {when} {person} ने {second} के साथ बैठक की।
        In {city}, {person} held a meeting with {second} {when}.
    """),
    details=_patterns("""
        {some} मिनट चली इस बैठक में {subject} और {subject2} पर चर्चा हुई।
        {subject} and {subject2} were discussed at the {some}-minute meeting.
        दोनों ने {city} में {subject} और {subject2} के मुद्दों पर विचार किया।
        The two considered the issues of {subject} and {subject2} in {city}.
        {name} और {second_name} ने {subject} और {subject2} पर विस्तार से बात की।
        {name} and {second_name} spoke in detail about {subject} and {subject2}.
        बातचीत मुख्य रूप से {subject} पर हुई और {subject2} पर भी {some} मिनट चर्चा हुई।
        The talks focused mainly on {subject}, with {some} minutes also given to {subject2}.
        बैठक में {surname} ने {second_name} से {subject} और {subject2} पर अलग-अलग चर्चा की।
        At the meeting, {surname} discussed {subject} and {subject2} separately with {second_name}.
    """),
    extras=_patterns("""
        अगली बैठक {later} को {town} में होगी।
        The next meeting will be held in {town} on {later}.
        बैठक में {dozens} अधिकारी और {several} किसान प्रतिनिधि भी मौजूद थे।
        Also present at the meeting were {dozens} officials and {several} farmers' representatives.
        {subject} के लिए {amount} रुपये का प्रस्ताव भी रखा गया।
        A proposal of Rs {amount} for {subject} was also put forward.
        {second_name} ने {town} में {several} नए केंद्र खोलने का सुझाव दिया।
        {second_name} suggested opening {several} new centres in {town}.
        {surname} ने बताया कि {subject} पर रिपोर्ट {later} तक तैयार होगी।
        {surname} said the report on {subject} would be ready by {later}.
    """),
    quotes=_patterns("""
        हम {subject} पर मिलकर काम करेंगे
        We will work together on {subject}
        {town} की जनता को इसका सीधा लाभ मिलेगा
        The people of {town} will benefit directly from this
        {subject} पर काम करना हमारी पहली प्राथमिकता है
        Our first priority is to work on {subject}
        हमने {several} महत्वपूर्ण फैसले लिए हैं
        We have taken {several} important decisions
        {subject} के लिए धन की कमी नहीं होगी
        There will be no shortage of funds for {subject}
        बातचीत बहुत सार्थक रही
        The talks were very fruitful
    """),
    summary=Pattern(
        "{person} और {second} ने {when} {city} में {subject} और {subject2} पर चर्चा की।",
        "{person} and {second} discussed {subject} and {subject2} in {city} {when}.",
    ),
    introduced=True,
)

_VISIT = Topic(
    titles=_patterns("""
        {few} दिन के दौरे पर {city} <person:पहुंचे|पहुंचीं> {person}
        {person} arrives in {city} on {few}-day visit
        {person} का {few} दिन का {city} दौरा शुरू
        {person} begins {few}-day visit to {city}
        {city} <person:पहुंचे|पहुंचीं> {name}, {facility} का किया निरीक्षण
        {name} reaches {city}, inspects {facility}
        {city} दौरे पर {name}, {facility} का लिया जायजा
        {name} on visit to {city}, takes stock of {facility}
    """),
    leads=_patterns("""
        {person} {when} {few} दिन के दौरे पर {city} <person:पहुंचे|पहुंचीं>।
        {person} arrived in {city} {when} on a {few}-day visit.
        {person} {when} {town} से {few} दिन के दौरे पर {city} <person:आए|आईं>।
        {person} came to {city} from {town} {when} on a {few}-day visit.
        {person} ने {when} {city} का {few} दिन का दौरा शुरू किया।
        {person} began a {few}-day visit to {city} {when}.
        {person} का {few} दिन का {city} दौरा {when} शुरू हुआ।
        {person}'s {few}-day visit to {city} began {when}.
        {few} दिन की यात्रा पर {person} {when} {morning} {city} <person:पहुंचे|पहुंचीं>।
        {person} arrived in {city} at {morning} {when} on a {few}-day trip.
    """),
    details=_patterns("""
        {surname} ने {city} में {facility} का निरीक्षण किया और {some} लोगों से बात की।
        {surname} inspected the {facility} in {city} and spoke to {some} people.
        दौरे में {surname} ने {facility} का निरीक्षण किया, जिस पर {amount} रुपये खर्च हुए हैं।
        During the visit, {surname} inspected the {facility}, on which Rs {amount} has been spent.
        {name} ने {afternoon} {facility} जाकर काम का निरीक्षण किया।
        {name} went to the {facility} at {afternoon} and inspected the work.
        {city} में {name} ने {facility} का निरीक्षण कर अधिकारियों को निर्देश दिए।
        In {city}, {name} inspected the {facility} and gave instructions to officials.
        {facility} के निरीक्षण के समय {surname} के साथ {some} अधिकारी मौजूद थे।
        During the inspection of the {facility}, {surname} was accompanied by {some} officials.
    """),
    extras=_patterns("""
        दौरे के बाद {surname} {later} को {town} <person:जाएंगे|जाएंगी>।
        After the visit, {surname} will go to {town} on {later}.
        दौरे के लिए {city} में {dozens} पुलिसकर्मी तैनात किए गए हैं।
        In {city}, {dozens} police personnel have been deployed for the visit.
        {city} में {dozens} छात्रों ने {name} का स्वागत किया।
        In {city}, {dozens} students welcomed {name}.
        {surname} {evening} एक सभा को भी संबोधित <person:करेंगे|करेंगी>।
        {surname} will also address a gathering at {evening}.
        इस यात्रा में {surname} {several} गांवों के किसानों से भी <person:मिलेंगे|मिलेंगी>।
        On this trip, {surname} will also meet farmers from {several} villages.
    """),
    quotes=_patterns("""
        {city} के लोगों के सुझाव बहुत उपयोगी हैं
        The suggestions of the people of {city} are very useful
        {facility} का काम समय पर पूरा होगा
        The work on the {facility} will be completed on time
        मैं {few} दिन तक लोगों की समस्याएं <person:सुनूंगा|सुनूंगी>
        I will listen to people's problems for {few} days
        {city} आकर मुझे बहुत खुशी हुई
        I am very happy to have come to {city}
        इस {facility} से युवाओं को नए अवसर मिलेंगे
        This {facility} will give young people new opportunities
        मैं अगले साल फिर यहां <person:आऊंगा|आऊंगी>
        I will come here again next year
    """),
    summary=Pattern(
        "{person} ने {when} शुरू हुए {few} दिन के {city} दौरे में {facility} का निरीक्षण किया।",
        "{person} inspected the {facility} on a {few}-day visit to {city} that began {when}.",
    ),
    introduced=True,
)

_AGREEMENT = Topic(
    titles=_patterns("""
        {government} और {company} में {subject} पर समझौता
        {government}, {company} sign agreement on {subject}
        {subject} के लिए {company} का {government} से करार
        {company} signs pact with {government} for {subject}
        {city} में {amount} रुपये के समझौते पर हस्ताक्षर
        Agreement worth Rs {amount} signed in {city}
        {subject} पर {amount} रुपये का समझौता, {company} करेगी निवेश
        Rs {amount} agreement on {subject}, {company} to invest
    """),
    leads=_patterns("""
        {government} और {company} ने {when} {city} में {subject} पर समझौता किया।
        The {government} and {company} signed an agreement on {subject} in {city} {when}.
        {government} ने {when} {city} में {company} के साथ {subject} पर समझौता किया।
        The {government} signed an agreement with {company} on {subject} in {city} {when}.
        {subject} के लिए {government} और {company} के बीच {when} करार हुआ।
        A pact for {subject} was signed between the {government} and {company} {when}.
        {person} की मौजूदगी में {government} और {company} ने {when} {subject} पर समझौता किया।
        In the presence of {person}, the {government} and {company} signed an agreement on {subject} {when}.
        {government} और {company} के बीच {subject} पर समझौता {when} {city} में हुआ।
        An agreement on {subject} between the {government} and {company} was signed in {city} {when}.
    """),
    details=_patterns("""
        समझौते के तहत {company} {state} में {amount} रुपये का निवेश करेगी।
        Under the agreement, {company} will invest Rs {amount} in {state}.
        यह समझौता {few} साल के लिए है और इस पर {amount} रुपये खर्च होंगे।
        The agreement is for {few} years and Rs {amount} will be spent on it.
        {amount} रुपये के इस समझौते से {town} में {crowd} लोगों को रोजगार मिलेगा।
        This Rs {amount} agreement will give jobs to {crowd} people in {town}.
        समझौते के अनुसार {company} {few} साल में {town} और {city} में {amount} रुपये लगाएगी।
        As part of the agreement, {company} will put Rs {amount} into {town} and {city} over {few} years.
        इस करार की कुल राशि {amount} रुपये है, जिसे {company} {few} साल में खर्च करेगी।
        The total amount of this pact is Rs {amount}, which {company} will spend over {few} years.
    """),
    extras=_patterns("""
        समझौते पर {second} और {company} के अधिकारियों ने हस्ताक्षर किए।
        {second} and officials of {company} signed the agreement.
        पहला चरण {later} तक पूरा करने का लक्ष्य है।
        The target is to complete the first phase by {later}.
        इससे {town} के {dozens} गांवों के किसानों को भी फायदा होगा।
        This will also benefit farmers in {dozens} villages of {town}.
        {company} अभी {several} राज्यों में काम कर रही है।
        {company} currently works in {several} states.
        {town} में {dozens} एकड़ जमीन भी इसके लिए दी जाएगी।
        In {town}, {dozens} acres of land will also be given for this.
    """),
    quotes=_patterns("""
        यह समझौता {state} के लिए बहुत महत्वपूर्ण है
        This agreement is very important for {state}
        हम {few} साल में लक्ष्य पूरा करेंगे
        We will meet the target in {few} years
        {company} के साथ हमारी साझेदारी मजबूत होगी
        Our partnership with {company} will grow stronger
        {town} के युवाओं को घर के पास काम मिलेगा
        The young people of {town} will get work near home
        {subject} के क्षेत्र में यह नई शुरुआत है
        This is a new beginning in the field of {subject}
        काम जल्द शुरू किया जाएगा
        Work will be started soon
    """),
    summary=Pattern(
        "{government} और {company} ने {when} {subject} के लिए {amount} रुपये का समझौता किया।",
        "The {government} and {company} signed an agreement worth Rs {amount} for {subject} {when}.",
    ),
    introduced=False,
)

_WEATHER = Topic(
    titles=_patterns("""
        {city} में {weather} की चेतावनी, तापमान {degrees} डिग्री
        Warning of {weather} in {city}, temperature {degrees} degrees
        {weather} से {city} और {town} में जनजीवन प्रभावित
        Life in {city} and {town} affected by {weather}
        {city} में {few} दिन तक {weather} की आशंका
        {city} may face {weather} for {few} days
        मौसम: {city} के लोगों को {weather} से सावधान रहने की सलाह
        Weather: People of {city} advised to beware of {weather}
    """),
    leads=_patterns("""
        मौसम विभाग ने {when} {city} में {weather} की चेतावनी जारी की।
        The weather department issued a warning of {weather} in {city} {when}.
        {city} में {few} दिन के लिए {weather} की चेतावनी {when} जारी की गई।
        A warning of {weather} in {city} for {few} days was issued {when}.
        मौसम विभाग ने {when} चेतावनी दी कि {city} में {few} दिन {weather} की आशंका है।
        The weather department warned {when} that {city} may face {weather} for {few} days.
        {when} जारी चेतावनी में {city} के लोगों को {weather} से सावधान किया गया।
        A warning issued {when} cautioned the people of {city} about {weather}.
        {city} में {weather} को लेकर मौसम विभाग ने {when} {time} चेतावनी दी।
        The weather department gave a warning about {weather} in {city} at {time} {when}.
    """),
    details=_patterns("""
        {city} में {extreme} तापमान {degrees} डिग्री सेल्सियस दर्ज किया गया।
        The {extreme} temperature in {city} was recorded at {degrees} degrees Celsius.
        {city} का {extreme} तापमान {degrees} डिग्री रहा, जो सामान्य से {several} डिग्री {above} है।
        The {extreme} temperature in {city} was {degrees} degrees, which is {several} degrees {above} normal.
        मौसम केंद्र ने {city} में {extreme} तापमान {degrees} डिग्री दर्ज किया।
        The weather centre recorded a {extreme} temperature of {degrees} degrees in {city}.
        {extreme} तापमान {city} में {degrees} डिग्री और {town} में {degrees2} डिग्री रहा।
        The {extreme} temperature was {degrees} degrees in {city} and {degrees2} degrees in {town}.
    """),
    extras=_patterns("""
        प्रशासन ने {city} के {dozens} स्कूल {later} तक बंद रखने का आदेश दिया।
        The administration ordered {dozens} schools in {city} to remain closed until {later}.
        {city} में {several} राहत टीमें तैयार रखी गई हैं।
        In {city}, {several} relief teams have been kept ready.
        {city} और {town} के बीच {several} ट्रेनें देरी से चलीं।
        Between {city} and {town}, {several} trains ran late.
        {person} ने लोगों को {later} तक सावधान रहने की सलाह दी।
        {person} advised people to stay alert until {later}.
        {town} में {dozens} लोगों के लिए राहत शिविर खोला गया है।
        A relief camp has been opened for {dozens} people in {town}.
    """),
    quotes=_patterns("""
        लोग {few} दिन तक बिना जरूरत घर से बाहर न निकलें
        People should not leave home unnecessarily for {few} days
        अगले {few} दिन {city} में मौसम खराब रहेगा
        The weather in {city} will remain bad for the next {few} days
        {city} के किसान अपनी फसल सुरक्षित रखें
        The farmers of {city} should keep their crops safe
        यात्रा से पहले मौसम की जानकारी जरूर लें
        Be sure to check the weather before travelling
        {weather} का असर {town} तक रहेगा
        The effect of {weather} will extend to {town}
        बच्चों और बुजुर्गों का विशेष ध्यान रखें
        Take special care of children and the elderly
    """),
    summary=Pattern(
        "{when} {city} में {weather} की चेतावनी जारी की गई, जहां {extreme} तापमान {degrees} डिग्री रहा।",
        "A warning of {weather} was issued {when} for {city}, where the {extreme} temperature was {degrees} degrees.",
    ),
    introduced=False,
)

_PRICES = Topic(
    titles=_patterns("""
        {city} में {goods} {dear}, भाव {price} रुपये {unit}
        {goods} {dear} in {city}, price Rs {price} {unit}
        {city} में {good} के दाम {percent} प्रतिशत {rose}
        {good} prices {rise} {percent} per cent in {city}
        {city} के बाजार में {good} के दाम में {change}
        {change} in {good} prices in {city} market
        {city} और {town} में {goods} <goods:हुआ|हुई> {dear}
        {goods} {dear} in {city} and {town}
    """),
    leads=_patterns("""
        {city} के बाजार में {when} {good} के दाम {rising} {price} रुपये {unit} हो गए।
        {good} prices {rose} to Rs {price} {unit} in the {city} market {when}.
        {city} में {goods} {when} {price0} रुपये से {rising} {price} रुपये {unit} <goods:हो गया|हो गई>।
        In {city}, the price of {goods} {rose} from Rs {price0} to Rs {price} {unit} {when}.
        {when} {city} के थोक बाजार में {goods} का भाव {rising} {price} रुपये {unit} पर पहुंच गया।
        The price of {goods} {rose} to Rs {price} {unit} in the {city} wholesale market {when}.
        {city} में {when} {good} के दाम में {change} दर्ज की गई और भाव {price} रुपये {unit} रहा।
        In {city}, {good} prices {rose} to Rs {price} {unit} {when}.
        {city} के बाजार में {when} {goods} {price} रुपये {unit} <goods:बिका|बिकी>, जो पहले से {dear} है।
        In the {city} market {when}, {goods} sold at Rs {price} {unit}, {dear} than before.
    """),
    details=_patterns("""
        {reason} से {city} में दाम {percent} प्रतिशत {rose}।
        Prices in {city} {rose} {percent} per cent due to {reason}.
        व्यापारियों के अनुसार {reason} से {good} के दाम {percent} प्रतिशत {rose} हैं।
        According to traders, {good} prices {have_risen} {percent} per cent due to {reason}.
        {good} के दाम में {percent} प्रतिशत की इस {change} का कारण {reason} है।
        The reason for this {percent} per cent {change} in {good} prices is {reason}.
        पिछले {few} दिन में {reason} के कारण {good} के दाम {percent}% {rose} हैं।
        In the last {few} days, {good} prices {have_risen} {percent}% because of {reason}.
    """),
    extras=_patterns("""
        {town} में {goods} {price2} रुपये {unit} <goods:बिका|बिकी>।
        In {town}, {goods} sold at Rs {price2} {unit}.
        {town} से रोज {dozens} ट्रक {goods} {city} <goods:आता|आती> है।
        Every day, {dozens} truckloads of {goods} come to {city} from {town}.
        सरकार ने {town} में {several} नई मंडियां खोलने का फैसला किया।
        The government decided to open {several} new markets in {town}.
        {city} के व्यापारियों को उम्मीद है कि {later} तक दाम स्थिर होंगे।
        Traders in {city} hope prices will stabilise by {later}.
        {city} के बाजार में हर महीने {amount} रुपये का कारोबार होता है।
        The {city} market does business worth Rs {amount} every month.
    """),
    quotes=_patterns("""
        {reason} के कारण दाम {rose} हैं
        Prices {have_risen} because of {reason}
        अगले {several} दिन दाम ऐसे ही रहेंगे
        Prices will remain like this for the next {several} days
        {town} से नया माल {several} दिन में पहुंचेगा
        New stock from {town} will arrive in {several} days
        किसानों को {goods} का सही दाम मिलना चाहिए
        Farmers should get a fair price for {goods}
        हम {town} के बाजार पर भी नजर रख रहे हैं
        We are keeping an eye on the {town} market as well
        ग्राहक सोच-समझकर खरीदारी करें
        Customers should shop carefully
    """),
    summary=Pattern(
        "{reason} से {city} में {when} {good} के दाम {percent} प्रतिशत {rising} {price} रुपये {unit} हो गए।",
        "{good} prices in {city} {rose} {percent} per cent to Rs {price} {unit} {when} due to {reason}.",
    ),
    introduced=False,
)

_SPORTS = Topic(
    titles=_patterns("""
        {team} ने {rival} को {by} हराया
        {team} beat {rival} {by}
        {sport}: {team} ने {rival} को दी मात
        {sport}: {team} defeat {rival}
        {player} के {feats} की मदद से {team} की जीत
        {player}'s {feats} give {team} victory
        {cup} के {round} में {team} ने {rival} को हराया
        {team} beat {rival} in {cup} {round}
    """),
    leads=_patterns("""
        {cup} के {round} में {team} ने {when} {rival} को {by} हराया।
        {team} beat {rival} {by} in the {cup} {round} {when}.
        {city} में {when} खेले गए {sport} मैच में {team} ने {rival} को {by} हराया।
        In a {sport} match played in {city} {when}, {team} beat {rival} {by}.
        {team} ने {when} {city} में {rival} को {by} हरा दिया।
        {team} beat {rival} {by} in {city} {when}.
        {sport} के {round} में {when} {team} ने {rival} पर {by} जीत हासिल की।
        In the {sport} {round} {when}, {team} beat {rival} {by}.
        {rival} को {when} {cup} के {round} में {team} के हाथों {by} हार मिली।
        {rival} lost to {team} {by} in the {cup} {round} {when}.
    """),
    details=_patterns("""
        {team} के लिए {player} ने सबसे अधिक {feat} {made}।
        {player} scored {feat}, the most for {team}.
        {player} ने {feat} {made} और {team} को जीत दिलाई।
        {player} scored {feat} and led {team} to victory.
        मैच में {player} के {feat} निर्णायक रहे।
        {player}'s {feat} proved decisive in the match.
        {crowd} दर्शकों के सामने {player} ने {feat} {made}।
        {player} scored {feat} in front of {crowd} spectators.
        कप्तान {second_name} ने जीत का श्रेय {player} के {feats} को दिया।
        Captain {second_name} credited the win to {player}'s {feats}.
    """),
    extras=_patterns("""
        {team} का अगला मैच {later} को {town} में होगा।
        {team}' next match will be held in {town} on {later}.
        विजेता टीम को {lakhs} रुपये का पुरस्कार मिला।
        The winning team received a prize of Rs {lakhs}.
        {crowd} दर्शक मैच देखने {city} के स्टेडियम पहुंचे।
        The match drew {crowd} spectators to the stadium in {city}.
        मैच {afternoon} {city} के मैदान पर शुरू हुआ।
        The match began at {afternoon} at the ground in {city}.
        {player} को {lakhs} रुपये का इनाम भी दिया गया।
        {player} was also given a reward of Rs {lakhs}.
    """),
    quotes=_patterns("""
        {player} ने आज बहुत अच्छा खेल दिखाया
        {player} played very well today
        हमारी टीम ने {several} हफ्ते कड़ी मेहनत की
        Our team worked hard for {several} weeks
        अब हमारा ध्यान {town} के मैच पर है
        Our focus is now on the match in {town}
        {rival} के खिलाफ खेलना आसान नहीं था
        Playing against {rival} was not easy
        यह जीत {team} के सभी खिलाड़ियों की है
        This win belongs to all the players of {team}
        दर्शकों ने हमारा बहुत हौसला बढ़ाया
        The spectators encouraged us a lot
    """),
    summary=Pattern(
        "{player} के {feats} की मदद से {team} ने {when} {rival} को {by} हराया।",
        "{team} beat {rival} {by} {when} with the help of {player}'s {feats}.",
    ),
    introduced=False,
)

_PROJECT = Topic(
    titles=_patterns("""
        {person} ने किया {city} में {facility} का उद्घाटन
        {person} inaugurates {facility} in {city}
        {city} को <facility:मिला नया|मिली नई> {facility}, {name} ने किया उद्घाटन
        {city} gets new {facility}, inaugurated by {name}
        {city} में {amount} रुपये <facility:का|की> {facility} शुरू
        Rs {amount} {facility} opens in {city}
        {city} में {facility} शुरू, {many} लोगों को लाभ
        {facility} opens in {city}, {many} people to benefit
    """),
    leads=_patterns("""
        {person} ने {when} {city} में <facility:नए|नई> {facility} का उद्घाटन किया।
        {person} inaugurated a new {facility} in {city} {when}.
        {city} में {when} {person} ने {facility} का उद्घाटन किया।
        In {city}, {person} inaugurated a {facility} {when}.
        {person} ने {when} {afternoon} {city} <facility:का|की> {facility} जनता को समर्पित <facility:किया|की>।
        {person} dedicated {city}'s {facility} to the public at {afternoon} {when}.
        {city} <facility:का नया|की नई> {facility} {when} शुरू <facility:हुआ|हुई>, उद्घाटन {person} ने किया।
        {city}'s new {facility} opened {when} and was inaugurated by {person}.
        {when} {city} के लोगों को <facility:नया|नई> {facility} <facility:मिला|मिली>, जिसका उद्घाटन {person} ने किया।
        The people of {city} got a new {facility} {when}, which was inaugurated by {person}.
    """),
    details=_patterns("""
        {amount} रुपये की लागत से <facility:बने|बनी> इस {facility} से {many} लोगों को लाभ मिलेगा।
        This {facility}, built at a cost of Rs {amount}, will benefit {many} people.
        इस पर {amount} रुपये खर्च हुए हैं और {many} लोगों को फायदा होगा।
        Rs {amount} has been spent on it and {many} people will benefit.
        {facility} के निर्माण में {few} साल लगे और {amount} रुपये खर्च हुए।
        The {facility} took {few} years to build and cost Rs {amount}.
        {city} <facility:का यह|की यह> {facility} {amount} रुपये की लागत से {few} साल में तैयार <facility:हुआ|हुई>।
        This {facility} in {city} was completed in {few} years at a cost of Rs {amount}.
    """),
    extras=_patterns("""
        {town} में भी {later} तक <facility:ऐसा|ऐसी> {facility} <facility:बनेगा|बनेगी>।
        A similar {facility} will be built in {town} by {later}.
        इस {facility} में {dozens} लोगों को रोजगार मिलेगा।
        This {facility} will provide jobs to {dozens} people.
        कार्यक्रम में {second} और {dozens} स्थानीय लोग मौजूद थे।
        {second} and {dozens} local people were present at the programme.
        <facility:नया|नई> {facility} रोज {morning} <facility:खुलेगा|खुलेगी>।
        The new {facility} will open at {morning} every day.
        {facility} का शिलान्यास {few} साल पहले {second} ने किया था।
        {second} laid the foundation stone of the {facility} {few} years ago.
    """),
    quotes=_patterns("""
        यह {facility} {city} की पुरानी मांग थी
        This {facility} was a long-standing demand of {city}
        हमने {few} साल में अपना वादा पूरा किया
        We have kept our promise in {few} years
        अब लोगों को दूर नहीं जाना पड़ेगा
        People will no longer have to travel far
        {facility} से पूरे इलाके को लाभ होगा
        The whole area will benefit from the {facility}
        {city} में तेजी से विकास हो रहा है
        {city} is developing fast
        जनता का विश्वास हमारी ताकत है
        The trust of the people is our strength
    """),
    summary=Pattern(
        "{person} ने {when} {city} में {amount} रुपये की लागत से <facility:बने|बनी> {facility} का उद्घाटन किया।",
        "{person} inaugurated a {facility} built at a cost of Rs {amount} in {city} {when}.",
    ),
    introduced=True,
)

_RESULTS = Topic(
    titles=_patterns("""
        {state} बोर्ड: {class} में {city} <player:के|की> {player} अव्वल
        {state} Board: {player} of {city} tops {class}
        {state} बोर्ड {class} का परिणाम घोषित, {percent2} प्रतिशत छात्र पास
        {state} Board {class} results declared, {percent2} per cent of students pass
        {marks} प्रतिशत अंकों के साथ {player} ने किया टॉप
        {player} tops with {marks} per cent marks
        {class} के परिणाम में {player} को पहला स्थान
        First place for {player} in {class} results
    """),
    leads=_patterns("""
        {state} बोर्ड ने {when} {class} का परिणाम घोषित किया।
        The {state} Board declared the {class} results {when}.
        {state} बोर्ड ने {when} {afternoon} {class} की परीक्षा का परिणाम जारी किया।
        The {state} Board released the {class} examination results at {afternoon} {when}.
        {state} बोर्ड का {class} का परिणाम {when} {town} में घोषित किया गया।
        The {class} results of the {state} Board were declared in {town} {when}.
        {person} ने {when} {state} बोर्ड का {class} का परिणाम घोषित किया।
        {person} declared the {class} results of the {state} Board {when}.
    """),
    details=_patterns("""
        {city} <player:के|की> {player} ने {marks} प्रतिशत अंक पाकर पहला स्थान हासिल किया।
        {player} of {city} came first with {marks} per cent marks.
        {marks} प्रतिशत अंकों के साथ {city} <player:के|की> {player} पहले स्थान पर <player:रहे|रहीं>।
        With {marks} per cent marks, {player} of {city} came first.
        पहला स्थान {city} <player:के|की> {player} को मिला, जिन्हें {marks}% अंक मिले।
        First place went to {player} of {city}, who scored {marks}% marks.
        {city} <player:के|की> {player} {marks} प्रतिशत अंक लेकर सबसे आगे <player:रहे|रहीं>।
        {player} of {city} came out on top with {marks} per cent marks.
    """),
    extras=_patterns("""
        परीक्षा में {many} छात्र बैठे थे, जिनमें से {percent2} प्रतिशत पास हुए।
        The examination was taken by {many} students, of whom {percent2} per cent passed.
        {town} <second:के|की> {second_name} दूसरे स्थान पर <second:रहे|रहीं>।
        {second_name} of {town} came second.
        छात्र {later} तक दोबारा जांच के लिए आवेदन कर सकते हैं।
        Students can apply for rechecking until {later}.
        {player} को {lakhs} रुपये की छात्रवृत्ति दी जाएगी।
        {player} will be given a scholarship of Rs {lakhs}.
        परीक्षा के लिए {town} में {dozens} केंद्र बनाए गए थे।
        In {town}, {dozens} centres had been set up for the examination.
    """),
    quotes=_patterns("""
        {city} के छात्रों ने बहुत अच्छा प्रदर्शन किया
        The students of {city} performed very well
        {player} की मेहनत सबके लिए मिसाल है
        {player}'s hard work is an example for all
        इस बार {percent2} प्रतिशत छात्र पास हुए हैं
        This time {percent2} per cent of the students have passed
        अंकपत्र {several} दिन में स्कूल पहुंच जाएंगे
        The mark sheets will reach schools in {several} days
        हम {state} के सभी छात्रों को बधाई देते हैं
        We congratulate all the students of {state}
        असफल छात्र निराश न हों
        Students who failed should not lose heart
    """),
    summary=Pattern(
        "{state} बोर्ड के {when} घोषित {class} के परिणाम में {city} <player:के|की> {player} {marks} प्रतिशत अंक "
        "पाकर पहले स्थान पर <player:रहे|रहीं>।",
        "{player} of {city} came first with {marks} per cent marks in the {class} results of the {state} Board, "
        "declared {when}.",
    ),
    introduced=False,
)

TOPICS = {
    "meeting": _MEETING,
    "visit": _VISIT,
    "agreement": _AGREEMENT,
    "weather": _WEATHER,
    "prices": _PRICES,
    "sports": _SPORTS,
    "project": _PROJECT,
    "results": _RESULTS,
}
