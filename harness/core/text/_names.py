"""Word lists for `harness.core.text.names`: English words that are no names, names with two forms, Hindi titles."""

from __future__ import annotations

from functools import cache

# Words that English texts capitalise though they are translated, not transliterated. Plurals in -s are known too.
COMMON = frozenset(
    """
    english hindi claim granny control flood phd ltd mrs inc corp nov dec jan feb aug sept oct hey yes yeah monday
    tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december academy accord act action active additional administration administrative adviser
    advisor affair africa age agency agreement agricultural agriculture aid air airline airport airway alert
    alliance allied ally ambassador amendment animal annual appeal appellate arab archbishop area army art article
    assembly assistant associate association athletic atlantic attorney auditor authority auto automobile award back
    bank bar base battle bay beach bench big bill bishop black blood blue board body bomb bond book border branch
    brave bridge brigade bright broadcasting brother budget building bureau bus business cabinet campaign camp
    capital captain care cardinal case castle cathedral catholic cell centenary center central centre century
    chairman chairperson chairwoman chamber champion championship chancellor channel chapter charity charter
    chemical chief child children choice christmas church circle circuit citizen city civic civil class clean clergy
    climate clinic club coach coal coalition coast coastal code collector college colonel colony command commander
    commerce commercial commission commissioner committee common commonwealth communication communist community
    company complex conference congress congressman conservative constable constitution construction consul
    consulate consumer convention cooperation cooperative corporate corporation corps council councillor count
    country county court credit cricket crime criminal crown cultural culture cup currency customs dad dairy dam
    data day dean dear debt defence defense deep delegate delegation democracy democrat democratic department deputy
    desert design detective development director directorate disaster disease district diwali division doctor dollar
    domestic double down dragon dream drug duke early earth east eastern economic economy editor education
    educational eight election electoral electric electricity electronic eleven embassy emergency emirate emperor
    empire employment energy engineer engineering enterprise environment environmental epic equal equality estate
    ethics ethnic evangelical eve event evening excellency exchange executive exhibition export express external
    face faculty fair faith family farm farmer fashion father federal federation festival field film finance
    financial fire first fish five flag fleet flight food football force foreign forest fort forum foundation four
    fourth free freedom front fuel fund future gallery game gang garden gas gate general giant global goal god gold
    golden golf good governance government governor grand grant great green ground group guard guide guild gulf half
    hall harbour hawk head headquarters health heart heavy heir heritage hero high higher highness highway hill
    hindu hockey holiday holy home honour honourable horse hospital hostel hotel house housing human hundred ice
    immigration imperial import independence independent industrial industry information infrastructure initiative
    inner innovation inquiry inspector institute institution insurance integrated intelligence interior internal
    international internet investigation investment iron islam islamic island jail jet job joint journal judge
    judicial judiciary junction junior jury just justice kid king kingdom knight labor laboratory labour lady lake
    land language large last late law lawyer leader league learning left legal legislative legislature less liberal
    liberation library lieutenant life light line lion literary literature little local long lord lower machine
    magazine magistrate main major man management manager map marathon marine maritime market marriage marshal mass
    master match material maternity mayor media medical medicine member memorial merchant metro metropolitan middle
    midnight military mill million mine mineral mining minister ministry minor minority mission mobile model modern
    monarch monastery money month monument moon mosque most mother motor mount mountain mouth movement multiple
    municipal municipality museum music muslim national native nation naval navy near network new news newspaper
    next night nine noble nobel north northeast northeastern northern northwest nuclear nurse oath object ocean
    office officer official oil old olympic one open opera operation opposition orange order organisation
    organization orthodox our outer pacific palace panchayat panel paper parish park parliament parliamentary
    partner partnership party passport patent pay peace peninsula pension people permanent personal personnel
    petition petroleum phase pilot place plan planning plant play police policy political politics poll pollution
    polytechnic pontiff pool poor pope popular port portal post power prayer preacher premier presidency president
    presidential press price priest primary prime prince princess principal prison private prize product production
    professor program programme progressive project property prosecution prosecutor protection protestant province
    provincial public publishing pulse queen quick racing radio rail railway rainbow range rapid real recovery red
    reform region regional register registrar regulation regulatory relation relief religion religious
    representative republic republican rescue research reserve resident resource response review revolution
    revolutionary rifle right rights rising river road rock rocket role roman romantic room round royal rule run
    rural sacred safe safety saint sale sanctuary school science scientific scientist sea season second secretariat
    secretary sector secular security semi senate senator senior sergeant series service session seven share shadow
    sheriff ship shop show sikh silver single sir sister site six sky social socialist society solar soldier
    solicitor son song south southeast southern southwest soviet space speaker special spokesman spokesperson sport
    spring square squad stadium staff standard star state station statue steel stock stone store strategic strategy
    street strike strong student studio study summer summit sun super superintendent superior supply support supreme
    survey sustainable system table tax teacher team tech technical technology telecom telephone television temple
    terminal territorial territory test textile the theatre theater third three tiger time title today tourism
    tourist tower town trade tradition traffic training transport transportation treasury treaty trial tribal tribe
    tribunal troop trophy trust two under union united unit universal university upper urban usage valley van
    vegetable vehicle venture very vice victory video village violence virgin virtual vision visit voice volunteer
    wall war ward warrior water way wealth weather web week welfare west western white wild wildlife wing winner
    winter wireless wise woman women wonder wood work worker working world yard year yellow young youth zone zoo
    zonal this that these those they their there then than what when where which while with without would could
    should about above after again against also although among because been before being between both does doing
    during each from further have having here himself herself itself into more myself only other over same some such
    through until were whom whose your yours according another however therefore moreover meanwhile besides despite
    since though unless whether within every everyone nobody nothing something anything many much will shall must
    might please thanks thank hello yesterday tomorrow mister madam miss uncle aunt
    """.split()
)
COMMON_ENDINGS = (
    "tion",
    "ment",
    "ology",
    "ical",
    "ness",
    "ship",
    "ence",
    "ance",
    "ing",
    "ism",
    "tional",
    "ative",
    "ively",
)
# What English adds to a name of which Hindi has the stem: Kenyan, Chinese, Israeli.
ENGLISH_ENDINGS = ("s", "n", "an", "ian", "ese", "i", "ish", "ic", "ans", "ians", "is")

# Hindi stems, and the English names that stand for them with another sound.
_EXONYMS = """
    भारत हिंद हिन्द देश: India Indian Indians Indo Hindu Hindustan
    अमेरिक अमरीक यूएस यू.एस संयुक्त राज्य: America American Americans United States
    ब्रिट ब्रितान यूके यू.के इंग्लैंड इंगलैंड अंग्रेज: Britain British Britons England English Kingdom
    जर्मन: Germany German Germans
    चीन: China Chinese
    जापान: Japan Japanese
    रूस रूसी: Russia Russian Russians Moscow
    फ़्रांस फ्रांस फ़्रांसीसी फ्रांसीसी फ्रेंच: France French
    स्पेन: Spain Spanish Spaniard
    इटली इतालवी: Italy Italian Italians
    यूनान ग्रीस ग्रीक: Greece Greek Greeks
    मिस्र मिस्त्र मिश्र: Egypt Egyptian Egyptians
    तुर्क: Turkey Turkish
    यूरोप ई.यू: Europe European Europeans
    पोलैंड पोलिश: Poland Polish
    स्विट्जरलैंड स्विस: Switzerland Swiss
    हॉलैंड नीदरलैंड डच: Netherlands Dutch Holland
    डेनमार्क डेनिश: Denmark Danish
    यहूदी: Jewish Jews Jew
    ईसाई: Christian Christians
    बंगाल बांग्ल बंगल: Bengal Bengali Bangladesh Bangladeshi Bangla
    पाक: Pakistan Pakistani Pakistanis
    दिल्ली: Delhi
    दीवाली दिवाली दीपावली: Diwali Deepavali
    बेंगल बंगलुर बंगलौर: Bangalore Bengaluru
    मुंबई मुम्बई बंबई: Mumbai Bombay
    कोलकाता कलकत्ता: Kolkata Calcutta
    चेन्नई मद्रास: Chennai Madras
    इस्राइल इज़राइल इज़रायल इसराइल इजरायल: Israel Israeli Israelis
    इराक ईराक: Iraq Iraqi
    सीरिया: Syria Syrian
    वेटिकन: Vatican
    गंगा: Ganga Ganges
    यमुना: Yamuna Jamuna
    असम: Assam Assamese
    केरल: Kerala Keralite
    ओडिशा उड़ीसा: Odisha Orissa
"""


@cache
def _exonyms() -> dict[str, tuple[str, ...]]:
    by_name: dict[str, tuple[str, ...]] = {}
    for line in _EXONYMS.strip().splitlines():
        stems, names = (part.split() for part in line.split(":"))
        for name in names:
            by_name[name] = (*by_name.get(name, ()), *stems)
    return by_name


def stems_of(name: str) -> tuple[str, ...]:
    """Return the beginnings of Hindi words for which an English name of another sound can stand."""
    return _exonyms().get(name, ())


TITLES = frozenset(
    """
    श्री श्रीमती सुश्री कुमारी डॉ डॉक्टर डा डाक्टर प्रो प्रोफेसर प्रोफ़ेसर मिस्टर मिसेज पंडित पं स्वामी मौलाना
    न्यायमूर्ति जस्टिस जनरल कर्नल मेजर कैप्टन लेफ्टिनेंट ब्रिगेडियर एडमिरल मंत्री प्रधानमंत्री मुख्यमंत्री
    उपमुख्यमंत्री राष्ट्रपति उपराष्ट्रपति राज्यपाल राज्यमंत्री अध्यक्ष उपाध्यक्ष सचिव महासचिव प्रवक्ता विधायक सांसद
    नेता निदेशक आयुक्त न्यायाधीश कप्तान कोच अभिनेता अभिनेत्री निरीक्षक जिलाधिकारी सरपंच वैज्ञानिक लेखक गायक राजदूत
    चांसलर सेनेटर सीनेटर महापौर मेयर
    """.split()
)
AFTER_A_NAME = frozenset("ने को से का की के पर और तथा एवं व द्वारा सहित समेत भी".split())
# Words after a title that are no names.
NO_NAMES = AFTER_A_NAME | frozenset(
    """
    में ही तो है हैं था थे थी हो होने होना जी पद पदों कार्यालय मंडल परिषद बनने बनाने बनाए बनाया बने बन रहे रहा रही
    चुने चुनाव उम्मीदवार पक्ष विपक्ष कि जो जिन जिस जिसने जिन्होंने यह वह ये वे इस उस इन उन अपने अपनी अपना उनके उनकी
    उनका इसके इसकी उन्होंने उन्हें इसे उसे उनसे इससे किसी कोई कुछ सभी सब हर एक दो तीन कई अनेक बहुत नहीं न या लेकिन
    परंतु बल्कि क्योंकि इसलिए जब तब अब आज कल यहां वहां यहाँ वहाँ बाद पहले साथ लिए बीच तक बारे ऊपर नीचे सामने पास
    अलावा बिना बगैर मगर यदि अगर तथापि ऐसे ऐसा जैसे कैसे क्या क्यों कौन कहाँ कहां पूर्व वर्तमान नए नई नये पुराने स्तर
    बैठक पैनल समिति आवास निवास सरकार विभाग मंत्रालय पार्टी दल संघ लोग लोगों गण महोदय महोदया साहब द्वय प्रथम मुख्य
    प्रमुख उप सह महिला पुरुष व्यक्ति बेटे बेटी पत्नी पति पिता मां माँ भाई परिवार घर देश राज्य राष्ट्र भारत भारतीय
    केंद्र केंद्रीय प्रदेश जिला शहर गांव कार्य काम बयान भाषण दौरे यात्रा सम्मेलन समारोह आदेश फैसले निर्णय मामले
    मुद्दे बात बातचीत शक्तियों सवाल जवाब विचार राय आरोप आलोचना समर्थन सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार
    रविवार रहने उम्मीदवारों चुप मौजूद उपस्थित शामिल नियुक्त घोषित स्तरीय कर करने करना करते किया किए की गई गया गए
    दिया दी दिए ले लेने लिया कहा कहते बोले बताया
    """.split()
)
