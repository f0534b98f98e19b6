"""The words of the generated news: names with their English spelling, and nouns with their translation.

`romanised` derives the English spelling of a name from its Hindi letters, as Indian newspapers spell most names.
`_SPELLED` has the names that tradition spells otherwise. No held-out name is among them, so a model that has learnt the
rule can spell names that it has never read. `|` marks the joint of a compound; it is not printed, and the rule treats
the parts as separate words. The generator leaves out pairs of names that belong to people in public life, as far as we
know them (`KNOWN`). No sentence is about a real person.
"""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word or phrase in both languages."""

    hindi: str
    english: str
    feminine: bool = False
    held_out: bool = False  # not in the training split


class Pool(NamedTuple):
    """The names of one kind, by split; no name is in two splits."""

    train: tuple[Word, ...]
    dev: tuple[Word, ...]
    test: tuple[Word, ...]


_CONSONANTS = dict(
    zip(
        "क ख ग घ च छ ज झ ट ठ ड ढ त थ द ध न ण प फ ब भ म य र ल व श ष स ह".split(),
        "k kh g gh ch chh j jh t th d dh t th d dh n n p ph b bh m y r l v sh sh s h".split(),
        strict=True,
    )
)
_VOWELS = dict(zip("अ आ इ ई उ ऊ ऋ ए ऐ ओ औ".split(), "a a i i u u ri e ai o au".split(), strict=True))
_SIGNS = dict(zip("ा ि ी ु ू ृ े ै ो ौ".split(), "a i i u u ri e ai o au".split(), strict=True))
_NUKTA = {"ड": "r", "ढ": "rh"}
_VIRAMA, _NASAL, _DOT = "्", "ं", "़"

# Spelled by tradition, not by the rule.
_SPELLED = {
    "सिंह": "Singh", "तिवारी": "Tiwari", "वर्मा": "Verma", "जयपुर": "Jaipur", "उदयपुर": "Udaipur", "रायपुर": "Raipur",
    "लखनऊ": "Lucknow", "वाराणसी": "Varanasi", "श्रीनगर": "Srinagar", "इंदौर": "Indore", "ग्वालियर": "Gwalior",
    "अहमदाबाद": "Ahmedabad", "हैदराबाद": "Hyderabad", "दिल्ली": "Delhi", "नोएडा": "Noida", "मेरठ": "Meerut",
    "वडोदरा": "Vadodara", "नासिक": "Nashik", "अलवर": "Alwar", "देवास": "Dewas", "लुधियाना": "Ludhiana",
    "कर्नाटक": "Karnataka", "केरल": "Kerala", "तमिलनाडु": "Tamil Nadu", "असम": "Assam", "पंजाब": "Punjab",
    "हरियाणा": "Haryana", "गोवा": "Goa", "मेघालय": "Meghalaya", "मिजोरम": "Mizoram", "पश्चिम बंगाल": "West Bengal",
    "लंदन": "London", "पेरिस": "Paris", "दुबई": "Dubai", "सिंगापुर": "Singapore", "कोलंबो": "Colombo",
    "बर्लिन": "Berlin", "रोम": "Rome", "जिनेवा": "Geneva", "मॉस्को": "Moscow", "सिडनी": "Sydney", "मस्कट": "Muscat",
    "टोरंटो": "Toronto", "काहिरा": "Cairo", "हेलसिंकी": "Helsinki", "श्रीलंका": "Sri Lanka", "मॉरीशस": "Mauritius",
    "मालदीव": "Maldives", "फिजी": "Fiji", "गुजरात": "Gujarat", "हिमालय": "Himalaya", "प्रगति": "Pragati",
    "राठौर": "Rathore", "पांडे": "Pandey", "रावत": "Rawat", "बोस": "Bose", "राव": "Rao", "रेड्डी": "Reddy", "नायडू": "Naidu",
    "नायर": "Nair", "मेनन": "Menon", "गोखले": "Gokhale", "हेगड़े": "Hegde", "गिल": "Gill", "धवन": "Dhawan",
    "अग्रवाल": "Agrawal", "सक्सेना": "Saxena", "पटवा": "Patwa", "कुशवाहा": "Kushwaha", "अय्यर": "Iyer",
    "बाजपेयी": "Bajpai", "सैकिया": "Saikia", "चौरसिया": "Chaurasia", "शेट्टी": "Shetty",
}  # fmt: skip


def romanised(name: str) -> str:
    """Return a Hindi name in Latin letters, by the rule alone.

    Long and short vowels are written alike. An inherent `a` is silent in two places, counted from the right: at the end
    of a word, unless two consonants stand before it and the second is a sonorant (चंद्र, Chandra); and between a vowel
    with one consonant and a consonant with a vowel (सपना, Sapna). The nasal dot is `m` before labials, else `n`; व
    after a consonant other than र is `w`.
    """
    words = ["".join(_romanised_part(part) for part in word.split("|")) for word in name.split()]
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _romanised_part(name: str) -> str:
    # Units of [consonant or "", vowel]; "A" is the inherent vowel, which the loop below may make silent.
    units: list[list[str]] = []
    for position, letter in enumerate(name):
        if letter in _CONSONANTS:
            after = units[-1] if units else ["", "a"]
            glide = letter == "व" and after[1] == "" and after[0] not in ("", "r")
            units.append(["w" if glide else _CONSONANTS[letter], "A"])
        elif letter in _VOWELS:
            units.append(["", _VOWELS[letter]])
        elif letter in _SIGNS:
            units[-1][1] = _SIGNS[letter]
        elif letter == _VIRAMA:
            units[-1][1] = ""
        elif letter == _DOT:
            units[-1][0] = _NUKTA[name[position - 1]]
        elif letter == _NASAL:
            if units[-1][1] == "A":
                units[-1][1] = "a"
            units.append(["m" if name[position + 1 : position + 2] in "प फ ब भ म".split() else "n", ""])
        else:
            raise ValueError(f"no rule for {letter!r} in {name!r}")
    last = len(units) - 1
    for index in range(last, 0, -1):
        if units[index][1] != "A":
            continue
        alone = units[index - 1][1] != ""  # just one consonant since the vowel before
        if index == last:
            sonorant = units[index][0] in ("y", "r", "l", "v", "w", "m", "n")
            units[index][1] = "" if alone or not sonorant or units[index - 1][0] == "n" == units[index][0] else "A"
        elif alone and units[index + 1][0] and units[index + 1][1]:
            units[index][1] = ""
    return "".join(unit[0] + unit[1].lower() for unit in units)


def _names(content: str, *, feminine: bool = False, held_out: bool = False) -> tuple[Word, ...]:
    found = []
    for entry in content.replace("\n", ",").split(","):
        if name := entry.strip():
            hindi = name.replace("|", "")
            found.append(Word(hindi, _SPELLED.get(hindi) or romanised(name), feminine, held_out))
    return tuple(found)


def _pool(train: str, dev: str, test: str, *, feminine: bool = False) -> Pool:
    """Return a pool from names with a comma or a line end after each."""
    return Pool(
        _names(train, feminine=feminine),
        _names(dev, feminine=feminine, held_out=True),
        _names(test, feminine=feminine, held_out=True),
    )


MEN = _pool(
    """
    अमित, अनिल, अजय, अरुण, अरविंद, अशोक, आकाश, आनंद, आलोक, उदय, उमेश, ओमकार, कमल, कमलेश, करण, किशोर, कुणाल, केशव, गणेश
    गिरीश, गोपाल, गोविंद, गौरव, चंदन, चेतन, जगदीश, जतिन, जयंत, जितेंद्र, तरुण, दिनेश, दिलीप, देवेंद्र, धनंजय, धर्मेंद्र
    नकुल, नरेश, नवल, निखिल, नितिन, निशांत, पंकज, पवन, प्रकाश, प्रताप, प्रभात, प्रमोद, प्रवीण, बलराम, बसंत, भरत, भूपेंद्र
    मनीष, मनोज, महेश, मुकेश, मोहन, यश, योगेश, रजत, रमेश, रवि, राकेश, राजीव, राजेश, रामनाथ, रोहन, ललित, विकास, विजय, विनय
    विनोद, विपिन, विमल, विवेक, विशाल, शंकर, शरद, शिवम, शैलेश, संजय, संतोष, सतीश, समीर, सुधीर, सुनील, सुबोध, सुमित, सुरेश
    सोहन, सौरभ, हरीश, हिमांशु, हेमंत, ऋषभ, मिलिंद, तुषार, दीनानाथ, रघुवीर
    """,
    "अनुराग, कपिल, जयेश, नवीन, परेश, मधुकर, राघव, वरुण, शेखर, सुदेश, हरिनाथ, लोकेश",
    """
    अभिनव, अंकित, केदार, चिराग, जिगर, देवांश, नमन, नीलेश, पुनीत, भावेश, मयंक, मोहित, रितेश, विक्रांत, विनायक, शोभित
    सचिन, सुकुमार, हितेश, दामोदर
    """,
)
WOMEN = _pool(
    """
    अंजलि, अनीता, अनामिका, अपर्णा, अमृता, अर्चना, अलका, आरती, आशा, इंदु, इला, उमा, उर्मिला, उषा, ऋतु, कमला, करुणा, कल्पना
    कविता, कामिनी, काजल, किरण, कुसुम, गायत्री, गीता, गौरी, चंचल, चित्रा, छाया, जया, ज्योति, तारा, दिव्या, दीपा, नंदिनी
    नम्रता, निधि, निर्मला, नीता, नेहा, पल्लवी, पार्वती, पुष्पा, पूनम, प्रतिभा, प्रभा, प्रिया, प्रेरणा, बबीता, भारती, भावना
    मंजू, मनीषा, ममता, माधुरी, मालती, मीना, मीरा, मेघा, मोनिका, रंजना, रचना, रजनी, राधिका, रीता, रेखा, रेणु, रोहिणी
    ललिता, लता, वंदना, वर्षा, विद्या, विमला, शारदा, शालिनी, शांति, शोभा, संगीता, संध्या, सपना, सरला, सरिता, सविता, सावित्री
    सुजाता, सुनीता, सुमन, सुषमा, स्वाति, हेमा
    """,
    "अदिति, आभा, कंचन, जागृति, तनुजा, निवेदिता, पायल, भूमिका, मृणालिनी, वसुधा, शिल्पा, हिना",
    """
    अनुराधा, अवनि, आकांक्षा, ईशा, कनिका, केतकी, गरिमा, चारु, देविका, नलिनी, निकिता, पारुल, भाग्या, मालविका, मेनका, यामिनी
    रुचि, लीला, विनीता, शुभा, सोनाली, सुलेखा
    """,
    feminine=True,
)
SURNAMES = _pool(
    """
    शर्मा, वर्मा, गुप्ता, मिश्रा, सिंह, तिवारी, यादव, पांडे, दुबे, द्विवेदी, त्रिवेदी, त्रिपाठी, चतुर्वेदी, चौहान, राठौर, सोलंकी
    परमार, भाटी, तोमर, सेंगर, मेहता, पटेल, देसाई, जोशी, पंत, भट्ट, रावत, बिष्ट, नेगी, ठाकुर, झा, सिन्हा, प्रसाद, कुमार, लाल
    दास, बोस, सेन, घोष, दत्ता, मंडल, पाल, साहा, नंदी, नाग, बसु, राव, रेड्डी, नायडू, नायर, मेनन, पिल्लै, अय्यर, शेट्टी
    कामत, प्रभु, हेगड़े, कुलकर्णी, देशमुख, देशपांडे, पाटिल, जाधव, शिंदे, गोखले, आप्टे, साठे, केलकर, रानाडे, गाडगे, लेले
    काले, गोरे, अरोड़ा, कपूर, खन्ना, चोपड़ा, मल्होत्रा, सेठी, बेदी, गिल, संधू, धवन, भसीन, टंडन, कोहली, मेहरा, जैन, गर्ग
    मित्तल, सिंघल, गोयल, बंसल, जिंदल, अग्रवाल, पोद्दार, सक्सेना, माथुर, निगम, कुशवाहा, मौर्य, पटवा, सैनी, मलिक, हुड्डा
    दहिया, राणा, भारद्वाज, कौशिक, वशिष्ठ, शुक्ला, दीक्षित, बाजपेयी, शास्त्री, उपाध्याय, चौरसिया, केसरी, सोनी, माली, महतो, मुंडा
    टुडू, हेम्ब्रम, किस्कू, बरुआ, डेका, सैकिया, कलिता, साहू, बेहरा, नंदा, पात्रा, गोस्वामी, वैद्य
    """,
    "ओझा, कदम, गौतम, चंदेल, जोगलेकर, ढोले, नारंग, भंडारी, मिराशी, लोहिया, सहगल, सावंत",
    """
    अवस्थी, कालरा, खेतान, गहलोत, चितले, जुनेजा, तलरेजा, थापर, धीमान, नागर, पुरोहित, बहुगुणा, बिरला, भोंसले, मजूमदार, मोघे
    रस्तोगी, लांबा, वर्तक, सेठ, सोमानी, हाजरा, मिराजकर, पारीक
    """,
)
CITIES = _pool(
    """
    पटना, रांची, नागपुर, कानपुर, जोधपुर, जबलपुर, गोरखपुर, सोनीपत, पानीपत, करनाल, अंबाला, हिसार, रोहतक, सिरसा, मथुरा, आगरा
    बांदा, झांसी, ललितपुर, वाराणसी, प्रयागराज, अयोध्या, गोंडा, बहराइच, बस्ती, जौनपुर, अलीगढ़, हाथरस, रामपुर, सहारनपुर, हरिद्वार
    देहरादून, नैनीताल, अल्मोड़ा, ऋषिकेश, शिमला, सोलन, कुल्लू, मनाली, जम्मू, कठुआ, उधमपुर, अमृतसर, पठानकोट, जालंधर, मोगा
    बठिंडा, चंडीगढ़, लुधियाना, जयपुर, अजमेर, बीकानेर, कोटा, उदयपुर, भरतपुर, अलवर, सीकर, बाड़मेर, जैसलमेर, बूंदी, टोंक, नागौर
    चूरू, दौसा, सिरोही, अहमदाबाद, सूरत, राजकोट, वडोदरा, भाव|नगर, जाम|नगर, मेहसाणा, नवसारी, पोरबंदर, भुज, नासिक, पुणे, सोलापुर
    कोल्हापुर, सातारा, अकोला, अमरावती, लातूर, ठाणे, चंद्रपुर, भंडारा, यवतमाल, भोपाल, इंदौर, ग्वालियर, उज्जैन, सतना, कटनी, रतलाम
    विदिशा, गुना, दमोह, देवास, बालाघाट, रायपुर, बिलासपुर, भिलाई, कोरबा, जगदलपुर, भागलपुर, दरभंगा, कटिहार, छपरा, नालंदा
    जमुई, मुंगेर, समस्तीपुर, सीता|मढ़ी, किशनगंज, सुपौल, सहरसा, धनबाद, बोकारो, जमशेदपुर, दुमका, गिरिडीह, पलामू, गुमला, पुरी
    कोलकाता, दुर्गापुर, आसनसोल, मालदा, इंफाल, कोहिमा, गंग|टोक, लखनऊ, मेरठ, नोएडा, दिल्ली, हैदराबाद, श्री|नगर, हुबली, बेंगलुरु, उडुपी
    कोल्लम, कन्नूर, मदुरै, चेन्नई, मुंबई
    """,
    "औरंगाबाद, कैथल, जालोर, पाली, बलरामपुर, बाराबंकी, मोतिहारी, रत्नागिरि, सलेम, सिलीगुड़ी, हमीरपुर, झुंझुनू",
    """
    संबलपुर, सोनपुर, कांकेर, करौली, धौलपुर, रामगढ़, शाजापुर, मंगलुरु, मानसा, महोबा, मोहाली, लेह, सीतापुर
    सुलतानपुर, शिवपुरी, पीलीभीत, राजापुर, कासगंज, ईटा|नगर, बेलापुर, तेजपुर, मधेपुरा, पन्ना, धार
    """,
)
ABROAD = _pool(
    """
    काठमांडू, ढाका, लंदन, पेरिस, दुबई, सिंगापुर, कोलंबो, बर्लिन, रोम, जिनेवा, मॉस्को, सिडनी, मस्कट, टोरंटो, काहिरा, हेलसिंकी
    हनोई, जकार्ता, मनीला, दोहा, नैरोबी
    """,
    "तेहरान, लीमा",
    "अंकारा, कंपाला, पारो, लुसाका",
)
STATES = _pool(
    """
    बिहार, झारखंड, राजस्थान, गुजरात, महाराष्ट्र, कर्नाटक, केरल, तमिलनाडु, असम, पंजाब, हरियाणा, उत्तराखंड, उत्तर प्रदेश
    मध्य प्रदेश, हिमाचल प्रदेश, छत्तीसगढ़, गोवा, मेघालय, मिजोरम, तेलंगाना, पश्चिम बंगाल, आंध्र प्रदेश
    """,
    "सिक्किम, मणिपुर",
    "त्रिपुरा, ओडिशा, अरुणाचल प्रदेश",
)
COUNTRIES = _pool("नेपाल, भूटान, श्रीलंका, मॉरीशस, मालदीव, फिजी", "ईरान", "सूडान, ओमान")
# Companies and teams are made of such a name and one of the words below.
BRANDS = _pool(
    """
    सूर्या, गंगा, हिमालय, नर्मदा, सरयू, अरावली, विंध्य, सतपुड़ा, कावेरी, अमृत, उज्ज्वल, प्रगति, समृद्धि, शक्ति, तेजस, नवभारत
    जनता, आदर्श, मंगल, शुभम, किसान, चेतक, मयूर, सारस, कोकिला, चंदा, रत्ना, सुगंध, आरोग्य, स्वदेशी, संकल्प, विराट, नील|कमल
    """,
    "अवंति, गोमती, त्रिशूल",
    "आरोही, कलश, तुंगा, ताप्ती, मणिका, सोपान",
)


def _pairs(content: str) -> tuple[Word, ...]:
    """Return words from lines of `Hindi = English`, with `(f)` behind what is feminine."""
    found = []
    for line in content.strip().splitlines():
        for entry in line.split(";"):
            hindi, _, english = entry.partition("=")
            feminine = english.endswith("(f)")
            found.append(Word(hindi.strip(), english.removesuffix("(f)").strip(), feminine))
    return tuple(found)


OFFICES = _pairs("""
    मुख्यमंत्री = Chief Minister; कृषि मंत्री = Agriculture Minister; वित्त मंत्री = Finance Minister
    स्वास्थ्य मंत्री = Health Minister; शिक्षा मंत्री = Education Minister; ऊर्जा मंत्री = Energy Minister
    परिवहन मंत्री = Transport Minister; उद्योग मंत्री = Industries Minister; पर्यटन मंत्री = Tourism Minister
    जल संसाधन मंत्री = Water Resources Minister; खेल मंत्री = Sports Minister; श्रम मंत्री = Labour Minister
    राज्यपाल = Governor; मुख्य सचिव = Chief Secretary; राजदूत = Ambassador; महापौर = Mayor
    जिलाधिकारी = District Magistrate; पर्यावरण मंत्री = Environment Minister
""")
TRADERS = _pairs("""
    व्यापारी = Trader; मंडी सचिव = Market Secretary; व्यापार संघ अध्यक्ष = Traders' Association President
    किसान नेता = Farmers' Leader; खाद्य अधिकारी = Food Officer
""")
METEOROLOGISTS = _pairs("मौसम वैज्ञानिक = Meteorologist; मौसम अधिकारी = Weather Officer; मौसम निदेशक = Weather Director")
COACHES = _pairs("कोच = Coach; मुख्य कोच = Head Coach; टीम प्रबंधक = Team Manager")
EXAMINERS = _pairs(
    "बोर्ड अध्यक्ष = Board President; बोर्ड सचिव = Board Secretary; परीक्षा नियंत्रक = Controller of Examinations"
)

SUBJECTS = _pairs("""
    सिंचाई = irrigation; सड़क सुरक्षा = road safety; महिला शिक्षा = women's education; जल संरक्षण = water conservation
    डिजिटल भुगतान = digital payments; पर्यटन = tourism; बाढ़ राहत = flood relief; दूध उत्पादन = milk production
    सौर ऊर्जा = solar energy; कपड़ा उद्योग = the textile industry; ग्रामीण स्वास्थ्य = rural health
    फसल बीमा = crop insurance; प्रदूषण नियंत्रण = pollution control; रेल संपर्क = rail connectivity; हस्तशिल्प = handicrafts
    कौशल विकास = skill development; मछली पालन = fish farming; शहरी परिवहन = urban transport; बागवानी = horticulture
    पेयजल आपूर्ति = drinking water supply; वन संरक्षण = forest conservation; टीकाकरण = vaccination
    छात्रवृत्ति = scholarships; खेल सुविधाओं = sports facilities; ग्रामीण सड़कों = rural roads; बिजली वितरण = power distribution
    कचरा प्रबंधन = waste management; साइबर सुरक्षा = cyber security; पशुपालन = animal husbandry; जैविक खेती = organic farming
""")  # fmt: skip
FACILITIES = _pairs("""
    जिला अस्पताल = district hospital; रेलवे स्टेशन = railway station; सौर ऊर्जा संयंत्र = solar power plant
    कृषि महाविद्यालय = agriculture college; खेल परिसर = sports complex; डेयरी संयंत्र = dairy plant
    विज्ञान केंद्र = science centre; मेडिकल कॉलेज = medical college; कौशल केंद्र = skill centre; बस टर्मिनल = bus terminal
    बालिका विद्यालय = girls' school; पशु चिकित्सालय = veterinary hospital; औद्योगिक पार्क = industrial park
    जल शोधन संयंत्र = water treatment plant; अनाज मंडी = grain market (f); चीनी मिल = sugar mill (f)
    कपड़ा मिल = textile mill (f); फल मंडी = fruit market (f); हवाई पट्टी = airstrip (f); रेल फैक्टरी = rail factory (f)
    बीज प्रयोगशाला = seed laboratory (f); तेल मिल = oil mill (f)
""")  # fmt: skip
# Facilities that may be in a foreign city as well.
FACILITIES_ABROAD = tuple(
    word
    for word in FACILITIES
    if word.english.split()[-1] in ("plant", "complex", "centre", "college", "terminal", "park", "laboratory")
)


class Good(NamedTuple):
    """Something sold in a market. Its Hindi form is the same before a postposition."""

    word: Word  # in English as it stands before another noun: "tomato" in "tomato prices"
    bulk: Word  # in English as it stands alone: "tomatoes"
    unit: Word
    low: int  # usual range of its price, rupees
    high: int


# English plurals. All other goods have one form: "milk prices", "the price of milk".
_PLURALS = {
    "tomato": "tomatoes", "onion": "onions", "potato": "potatoes", "cucumber": "cucumbers", "radish": "radishes",
    "apple": "apples", "grape": "grapes", "pomegranate": "pomegranates",
}  # fmt: skip
GOODS = tuple(
    Good(
        word,
        word._replace(english=_PLURALS.get(word.english, word.english)),
        Word(f"प्रति {unit.hindi}", f"per {unit.english}"),
        low,
        high,
    )
    for content, unit, low, high in [
        ("टमाटर = tomato; प्याज = onion; आलू = potato; गोभी = cauliflower (f)", Word("किलो", "kg"), 20, 70),
        ("भिंडी = okra (f); बैंगन = brinjal; ककड़ी = cucumber (f); मूली = radish (f)", Word("किलो", "kg"), 20, 80),
        ("अरहर दाल = arhar dal (f); मूंग दाल = moong dal (f); चना दाल = chana dal (f)", Word("किलो", "kg"), 80, 170),
        ("चीनी = sugar (f); चावल = rice; गुड़ = jaggery", Word("किलो", "kg"), 30, 75),
        ("लहसुन = garlic; सेब = apple; अंगूर = grape; पनीर = paneer; अनार = pomegranate", Word("किलो", "kg"), 80, 300),
        ("दूध = milk; सरसों तेल = mustard oil; नारियल तेल = coconut oil", Word("लीटर", "litre"), 50, 220),
        ("गेहूं = wheat; सोयाबीन = soybean; कपास = cotton (f); ज्वार = sorghum (f)", Word("क्विंटल", "quintal"), 1900, 6400),
    ]
    for word in _pairs(content)
)
RISE_REASONS = _pairs("""
    कम आवक = low arrivals; भारी बारिश = heavy rain; बढ़ती मांग = rising demand; महंगी ढुलाई = costly transport
    अधिक निर्यात = higher exports; त्योहारी मांग = festival demand; खराब फसल = a poor harvest
""")
FALL_REASONS = _pairs("""
    अच्छी फसल = a good harvest; अधिक आवक = higher arrivals; कम मांग = low demand; सस्ती ढुलाई = cheaper transport
    विदेशी आयात = foreign imports; कम निर्यात = low exports; अधिक भंडार = higher stocks
""")


class Weather(NamedTuple):
    """Bad weather, in the Hindi form before a postposition, with months and temperatures that fit it."""

    word: Word
    months: tuple[int, ...]
    coldest: int  # degrees Celsius
    hottest: int
    hot: bool  # the day's highest temperature is given, and it is above normal


WEATHER = (
    Weather(Word("भारी बारिश", "heavy rain"), (7, 8, 9), 21, 27, hot=False),
    Weather(Word("लू", "heatwave conditions"), (4, 5, 6), 42, 47, hot=True),
    Weather(Word("भीषण गर्मी", "severe heat"), (4, 5, 6), 40, 46, hot=True),
    Weather(Word("घने कोहरे", "dense fog"), (12, 1), 4, 11, hot=False),
    Weather(Word("शीतलहर", "cold wave conditions"), (12, 1), 1, 7, hot=False),
    Weather(Word("ओलावृष्टि", "hail"), (2, 3), 8, 15, hot=False),
    Weather(Word("तेज आंधी", "strong winds"), (4, 5, 6), 36, 42, hot=True),
    Weather(Word("गरज-चमक", "thunderstorms"), (6, 7, 9), 20, 26, hot=False),
)


class Sport(NamedTuple):
    """A game, with the range of its results and of its best players' counts."""

    word: Word
    score: tuple[int, int]  # range of the winner's score; nothing for games won by runs or wickets
    counts: tuple[int, int]  # range of the best player's count; a goal scorer's is bounded by the score
    count: Word
    oblique: str  # the Hindi of `count` before a postposition
    verb: str  # "made" in Hindi, for that count


SPORTS = tuple(
    Sport(Word(hindi, english), score, counts, count, oblique, verb)
    for hindi, english, score, counts, count, oblique, verb in [
        ("फुटबॉल", "football", (2, 6), (2, 6), Word("गोल", "goals"), "गोलों", "किए"),
        ("हॉकी", "hockey", (2, 7), (2, 7), Word("गोल", "goals"), "गोलों", "किए"),
        ("कबड्डी", "kabaddi", (28, 48), (9, 18), Word("अंक", "points"), "अंकों", "बनाए"),
        ("बास्केटबॉल", "basketball", (60, 95), (18, 34), Word("अंक", "points"), "अंकों", "बनाए"),
        ("वॉलीबॉल", "volleyball", (3, 3), (9, 24), Word("अंक", "points"), "अंकों", "बनाए"),
        ("क्रिकेट", "cricket", (0, 0), (48, 134), Word("रन", "runs"), "रनों", "बनाए"),
    ]
)
ROUNDS = _pairs("फाइनल = final; सेमीफाइनल = semi-final; क्वार्टर फाइनल = quarter-final; ग्रुप मैच = group match")
CUPS = _pairs("कप = Cup; ट्रॉफी = Trophy; लीग = League")
TEAMS = _pairs("""
    टाइगर्स = Tigers; वॉरियर्स = Warriors; ईगल्स = Eagles; रॉयल्स = Royals; स्टार्स = Stars; लायंस = Lions
    पैंथर्स = Panthers; राइडर्स = Riders; किंग्स = Kings; रेंजर्स = Rangers; फाल्कंस = Falcons; चैलेंजर्स = Challengers
""")
COMPANIES = _pairs("""
    मोटर्स = Motors; एनर्जी = Energy; स्टील = Steel; टेक्सटाइल्स = Textiles; फूड्स = Foods; सीमेंट = Cement; डेयरी = Dairy
    टेक्नोलॉजीज = Technologies; एग्रो = Agro; पावर = Power; फार्मा = Pharma; सोलर = Solar
""")
CLASSES = _pairs("दसवीं = Class 10; बारहवीं = Class 12; आठवीं = Class 8")
MONTHS = _pairs("""
    जनवरी = January; फरवरी = February; मार्च = March; अप्रैल = April; मई = May; जून = June; जुलाई = July; अगस्त = August
    सितंबर = September; अक्टूबर = October; नवंबर = November; दिसंबर = December
""")
WEEKDAYS = _pairs("""
    सोमवार = Monday; मंगलवार = Tuesday; बुधवार = Wednesday; गुरुवार = Thursday; शुक्रवार = Friday; शनिवार = Saturday
    रविवार = Sunday
""")
THOUSAND = Word("हजार", "thousand")
LAKH = Word("लाख", "lakh")
CRORE = Word("करोड़", "crore")

# Combinations that are names of people in public life. The generator leaves them out.
KNOWN = frozenset(
    name.strip()
    for name in """
    अजय सिंह, अदिति राव, अनिल कपूर, अनिल दास, अनीता देसाई, अनुराग ठाकुर, अमित मिश्रा, अमृता राव, अमृता सिंह
    अरुण यादव, अरुण लाल, अर्चना चौहान, अशोक कुमार, अशोक चौहान, अशोक सिंघल, आकाश चोपड़ा, आनंद शर्मा, इला भट्ट
    उमेश यादव, ऋषभ पंत, करण सिंह, किरण कुमार, किरण देसाई, किरण बेदी, किरण राव, किशोर कुमार, केशव मौर्य
    जया प्रसाद, जितेंद्र सिंह, दिलीप कुमार, दिलीप घोष, दिव्या दत्ता, दीपा मलिक, धनंजय सिंह, नरेश अग्रवाल
    नरेश गोयल, नितिन पटेल, पंकज त्रिपाठी, पूनम सिन्हा, प्रकाश झा, प्रकाश मेहरा, प्रमोद तिवारी, प्रवीण कुमार
    भरत सोलंकी, भूपेंद्र पटेल, भूपेंद्र यादव, भूपेंद्र हुड्डा, मनीष तिवारी, मनीष पांडे, मनीष मल्होत्रा
    मनोज कुमार, मनोज तिवारी, मनोज बाजपेयी, मनोज सिन्हा, मयंक अग्रवाल, महेश भट्ट, मीरा कुमार, मीरा नायर
    मुकेश अग्रवाल, मुकेश कुमार, मुकेश खन्ना, मुकेश भट्ट, मोहन यादव, मोहन लाल, मोहित शर्मा, यश चोपड़ा, रजत कपूर
    रजत शर्मा, रवि शास्त्री, राकेश मेहरा, राकेश सिंह, राजीव कुमार, राजीव शुक्ला, राजेश कुमार, राजेश खन्ना
    राजेश राणा, रितेश देशमुख, रेखा गुप्ता, ललित उपाध्याय, लीला सेठ, वरुण धवन, विकास दुबे, विजय गोखले, विजय गोयल
    विजय शर्मा, विनोद खन्ना, विनोद मेहरा, विवेक प्रसाद, शरद जोशी, शरद यादव, शिल्पा शेट्टी, शेखर कपूर, संजय झा
    संजय सिंह, सचिन पटेल, सतीश कौशिक, सतीश मिश्रा, सतीश शर्मा, सुनील शेट्टी, सुरेश प्रभु, सुषमा वर्मा
    सौरभ भारद्वाज, हरीश रावत, हेमंत कुमार
    """.replace("\n", ",").split(",")
    if name.strip()
)
