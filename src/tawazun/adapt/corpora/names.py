"""The given names most common in the United States, and how they are written in Arabic.

Names: the most frequent of 1924-2023 (Social Security Administration, public domain). Left out: names that are words
(Mark, Frank, Carol, Heather) and names as common among Arabic speakers (Sarah, Maria, George, Daniel).
"""

ENGLISH = (
    "James Michael Robert John David William Richard Joseph Thomas Christopher Charles Matthew Anthony Steven Donald "
    "Andrew Joshua Paul Kenneth Kevin Brian Timothy Ronald Jason Edward Jeffrey Ryan Jacob Nicholas Gary Eric Jonathan "
    "Stephen Larry Justin Benjamin Scott Brandon Samuel Gregory Alexander Patrick Jack Raymond Dennis Tyler Jerry Tom "
    "Bob Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Lisa Nancy Sandra Ashley Emily Kimberly "
    "Betty Margaret Donna Michelle Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Amy Kathleen Angela "
    "Dorothy Shirley Emma Brenda Nicole Pamela Samantha Anna Katherine Christine Debra Rachel Olivia Carolyn Janet "
    "Diane Alice Helen"
).split()
ARABIC = (
    "جيمس مايكل روبرت جون ديفيد وليام ويليام ريتشارد توماس كريستوفر تشارلز ماثيو أنتوني ستيفن ستيفين دونالد أندرو "
    "جوشوا بول كينيث كيفن براين تيموثي رونالد جيسون إدوارد جيفري رايان جاكوب نيكولاس إريك جوناثان جاستن بنجامين سكوت "
    "براندون غريغوري ألكسندر باتريك ريموند دينيس تايلر جيري توم بوب باتريشيا جينيفر ليندا إليزابيث باربرا سوزان جيسيكا "
    "كارين آشلي إيميلي كيمبرلي بيتي مارغريت ميشيل أماندا ميليسا ديبورا ستيفاني ريبيكا شارون لورا سينثيا إيمي كاثلين "
    "أنجيلا دوروثي شيرلي إيما نيكول باميلا سامانثا كاثرين كريستين أوليفيا جانيت أليس هيلين"
).split()
