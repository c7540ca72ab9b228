"""Names of people (演示): the region's surnames, rare characters, names with a dot."""

from backend.city.make.draw import Draw

DOT = "·"
# how often a surname stands here is how often it is drawn; the second line is the region's own
SURNAMES = (
    "王王王王李李李李张张张刘刘陈陈陈杨杨黄黄赵周周徐徐孙朱朱高林何郭马罗梁宋郑谢韩唐冯于董萧曹袁邓许傅沈曾彭吕"
    "操操汪汪汪汪汪查查程程程方方方方江江江胡胡胡石石吴吴吴吴章章余余金鲍叶潘丁钱储储殷檀聂昝宛舒桂产祝虞"
)
COMPOUND_SURNAMES = ("欧阳", "司马", "诸葛", "上官", "夏侯", "东方")
MALE = "国华建明志文德兴才旺友根发祥家宝金荣贵福林松柏永庆春生福海江山龙虎平安军伟强勇杰斌涛鹏飞"
FEMALE = "秀英桂兰芳珍玉凤梅莲荣翠香菊霞红云月娥琴爱素贞华敏静丽娟艳婷雪琳慧萍莉燕玲巧银枝花"
RARE = ("䶮", "㛃", "𠮷", "𬎆", "堃", "喆", "赟")
DOTTED_FIRST = (
    "阿卜杜拉",
    "艾合买提",
    "买买提",
    "古丽",
    "热孜万",
    "吐尔逊",
    "迪丽努尔",
    "阿依古丽",
)
DOTTED_LAST = ("吐尔地", "买合木提", "依明", "托合提", "艾力", "卡德尔", "亚森", "肉孜")
LONGEST = "阿卜杜热依木江·麦麦提吐尔逊·艾合买提尼亚孜·吐尔"
MINORITIES = ("03", "06", "08", "11", "15", "22")


def draw_name(draw: Draw, *, sex: int) -> tuple[str, str]:
    """A name and the nation (GB/T 3304) that goes with it."""
    kind = draw.share()
    if kind < 0.001:
        return draw.pick(DOTTED_FIRST) + DOT + draw.pick(DOTTED_LAST), "05"
    given = FEMALE if sex == 2 else MALE
    surname = draw.pick(SURNAMES)
    if kind < 0.006:
        name = surname + draw.pick(given) + draw.pick(RARE)
    elif kind < 0.009:
        name = draw.pick(COMPOUND_SURNAMES) + draw.pick(given) + draw.pick(given)
    elif kind < 0.22:
        name = surname + draw.pick(given)
    else:
        name = surname + draw.pick(given) + draw.pick(given)
    return name, "01" if kind < 0.99 else draw.pick(MINORITIES)
