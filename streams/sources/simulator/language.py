"""What simulated people write: sentences drawn from grammars over word lists of this project's own.

The grammars are wide (a clause has tens of thousands of forms), since ordinary people seldom write the same
sentence; what they do repeat are stock phrases, whose frequencies fall off as Zipf's law has it.
"""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from streams.sources.simulator.subjects import Subject

Mood = Literal["positive", "neutral", "negative", "angry", "sad", "worried"]
MOODS: tuple[Mood, ...] = ("positive", "neutral", "negative", "angry", "sad", "worried")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ICONS: dict[Mood, tuple[str, ...]] = {
    "positive": _words("[哈哈] [赞] [鼓掌] [爱你] [心] [呵呵] [太开心] [给力] [good] [威武] [可爱] [嘻嘻]"),
    "neutral": _words("[围观] [思考] [话筒] [呵呵] [疑问] [ok] [来] [钟]"),
    "negative": _words("[汗] [晕] [鄙视] [失望] [衰] [弱] [黑线] [哼] [挖鼻屎]"),
    "angry": _words("[怒] [怒骂] [抓狂] [吐] [打] [鄙视] [愤怒]"),
    "sad": _words("[泪] [伤心] [蜡烛] [可怜] [悲伤] [委屈] [心碎]"),
    "worried": _words("[害怕] [吃惊] [疑问] [可怜] [汗] [抱抱] [不安]"),
}

_REACTIONS: dict[Mood, tuple[str, ...]] = {
    "positive": _words(
        "真心高兴 忍不住夸一句 必须点个赞 心里暖暖的 这才像话 一整天都有好心情 希望能坚持下去 看着就欢喜 感动得不行 要大力支持 好样的 由衷佩服 "
        "终于等到了 满满的正能量 棒极了 谢谢你们 干得漂亮 心服口服 让人羡慕 太喜欢了 点个大大的赞 幸福来得突然 为你们骄傲"
    ),
    "neutral": _words(
        "先记下来 回头再看 有人知道详情吗 等后续 具体看通知 路过看一眼 供大家参考 说说我的看法 各有各的道理 大家怎么看 了解一下 "
        "转给需要的人 留个记号 还得看细节 说不好 再观察观察 顺手一转 有空研究下 数据在此"
    ),
    "negative": _words(
        "实在失望 无语了 真让人心凉 说不过去吧 差评 又来这一套 谁信啊 看着就烦 再也不信了 呵呵了 寒心 没救了 真是够了 服了你们 "
        "不敢恭维 糟透了 太让人失望了 一声叹息 越想越不是滋味 心塞"
    ),
    "angry": _words(
        "气得发抖 太无耻了 必须严惩 良心何在 忍无可忍 还有王法吗 欺人太甚 滚出去 必须有人负责 简直混账 火冒三丈 丧尽天良 还要不要脸 "
        "骗子 天理难容 抓起来重判 岂有此理 别拿百姓当傻子 一查到底 恶心透顶"
    ),
    "sad": _words(
        "看哭了 心里堵得慌 一路走好 太心酸了 愿平安 鼻子一酸 不忍心看 难过得说不出话 眼泪止不住 可怜的孩子 让人心碎 愿天堂没有痛苦 "
        "沉默了很久 活着真难 心疼他们 节哀 伤心的一天"
    ),
    "worried": _words(
        "真让人担心 想想都后怕 我们该怎么办 越想越怕 谁来保护我们 睡不踏实了 心里没底 会不会轮到我家 千万别出事 看得心惊肉跳 求辟谣 "
        "不会是真的吧 以后可怎么办 提心吊胆的日子 怕了怕了 大家小心"
    ),
}

_WHO = _words(
    "我 我妈 我爸 我表哥 我同事 邻居大姐 楼下大爷 我室友 我闺蜜 隔壁老王 我们科长 我老婆 我老公 我外婆 我家那口子 一个朋友 我弟 我姐 "
    "我二叔 班里同学 我师傅 老家亲戚 我们头儿 我徒弟 对门小两口 舅舅 我发小 单位司机 前台姑娘 健身房教练 快递小哥 房东太太 我奶奶 "
    "我堂妹 老同学 我小姨 合租的姐妹 孩子他爸 跟我一起的老乡 我导师"
)
_WHEN = _words(
    "昨天 上周 前天晚上 刚刚 今早 上个月 中午 国庆那会儿 周末 下班后 半夜 年初 去年冬天 大前天 傍晚 一大早 趁午休 开完会 吃完饭 "
    "为这事又 请了假 冒着雨 好不容易 本来想着 接完孩子 顺道 头一回 第三次 连着两天 出差回来 刚毕业就 临走前 放假第一天 等了半年"
)
_PLACES = _words(
    "我们这儿 老家 城南 城北 开发区 小县城 省城 市中心 河东 河西 云州 澜江 东陵 白石 青浦路 三里桥 大学城 火车站旁边 新区 老城区 镇上 "
    "我们村 单位附近 小区门口 南门外 江边 体育场那边 北环 工业园 古楼街 双桥 柳林 石门 泉水湾 西站 凤山 海口路 城中村 机场路 桥头"
)
_ADVERBS = _words(
    "现在 真是 确实 居然 果然 一直 竟然 总算 还是 实在 突然 最近 今年 其实 难怪 照样 反正 到底 简直 向来 眼看着 说到底 "
    "这阵子 这两年 怎么说呢 老实讲 不得不说 凭良心说 依我看 坦白说 听说 眼下 平心而论 每次 从头到尾 一如既往 莫名"
)
_ENDS = ("", "", "", "", "啊", "呢", "吧", "了", "哦", "嘛", "呀", "啦", "诶", "哈", "！", "。", "…", "~", "？", "！！")
_JOINS = ("，", "，", "，", "，", "。", " ", "！", "…", "；", "～", "。。")
_LINKS = _words(
    "说白了 另外 不过 而且 再说 结果 所以 可是 不管怎样 只能说 话说回来 讲真 顺便说一句 总之 倒是 换句话说 想起来 后来 这么看 "
    "你们说 亲们 各位 唉 哎 嗯 嘿 天哪 老天 妈呀 哇 啧啧"
)
_DETAILS = _words(
    "花了{n}块 等了{n}分钟 走了{n}里路 第{n}次了 一共{n}个人 拍了{n}张照片 排在{n}号 都{n}天了 省下{n}块 来回{n}公里 打了{n}个电话 问了{n}家 "
    "写了{n}个字 攒了{n}年 转了{n}趟车 差{n}分 隔了{n}个月 住{n}楼 剩{n}个名额 数了数{n}条"
)
_STOCK = _words(
    "转发微博 转发 [哈哈] 支持 围观 顶 [怒] 赞 [泪] mark 转 [威武] 关注 同感 哈哈 [鼓掌] 有道理 [蜡烛] 说得好 [汗] 求真相 呵呵 [话筒] "
    "扩散 [心] 路过 [思考] 转起 帮转 学习了 加油 [晕] 太对了 [鄙视] 唉 ！！！ 转需 收藏 马克 好 [赞] 真的假的 [抓狂] 无语 同意 沙发 "
    "[围观] 必须转 祝福 求扩散 ？？？ 强 [失望] 祈福 转发！ 看看 [爱你] 悲剧 转给你看 我也是 转发微博。 期待 [吃惊] 牛 [呵呵] 哎 "
    "不解释 转了 [good] 亮了 躺枪 神马情况 给力 [伤心] 杯具 坐等 [打] 果断转 雷人 好吧 真好 是啊 就是 [嘻嘻] 对 啊 [疑问] 求证 "
    "多看看 记下 转走 哈哈哈哈 [可怜] 笑死 太好了 心酸 无奈 愤怒 愿平安 路转 来看 在哪 转一个 [给力]"
)


def _zipf_ranks(count: int, exponent: float) -> list[float]:
    return list(accumulate((rank + 1) ** -exponent for rank in range(count)))


_STOCK_WEIGHTS = _zipf_ranks(len(_STOCK), 0.8)

_NAME_HEADS = _words(
    "小 大 阿 老 快乐的 飞翔的 爱吃 安静的 江南 北方 一只 会飞的 路边的 午后 追风 蓝色 半个 迷路的 云端 雨中 深夜 月下 听海的 卖萌的 "
    "不吃辣的 早起 拖延的 微笑 流浪 阳光"
)
_NAME_TAILS = _words(
    "鱼 猫 橙子 书生 骑士 豆豆 石头 丫头 米粒 胖子 老师 木木 星星 咖啡 蜗牛 大叔 阿姨 樱桃 土豆 西瓜 小熊 麦子 码农 行者 裁缝 渔夫 "
    "青蛙 竹子 松鼠 河马 雪糕 橡皮 铅笔 月饼 风筝 船长 邮差 小满 七七 阿黄"
)
CITIES: tuple[str, ...] = _words("云州 澜江 东陵 白石 凤山 柳城 石门 南屿 青湾 平川")


def pick(rng: random.Random, options: Sequence[str]) -> str:
    """Draw one of ``options`` evenly; half the cost of ``random.choice``."""
    return options[int(rng.random() * len(options))]


def mood_for(rng: random.Random, lean: float) -> Mood:
    """Draw a mood; ``lean`` from -1 (all complain) to 1 (all praise)."""
    if rng.random() < 0.28:
        return "neutral"
    if rng.random() < (lean + 1) / 2:
        return "positive"
    return MOODS[2 + int(rng.random() * 4)]


def icon(rng: random.Random, mood: Mood) -> str:
    """Draw a bracket emoticon that fits the mood."""
    return pick(rng, _ICONS[mood])


def stock_phrase(rng: random.Random) -> str:
    """Draw one of the short phrases that every crowd uses, by Zipf's law."""
    return rng.choices(_STOCK, cum_weights=_STOCK_WEIGHTS)[0]


def opinion(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return a clause on one aspect of the subject."""
    if mood == "positive":
        predicates = subject.good
    elif mood == "neutral":
        predicates = subject.plain
    else:
        predicates = subject.bad
    aspect, predicate = pick(rng, subject.aspects), pick(rng, predicates)
    form = rng.random()
    if form < 0.35:
        return f"{pick(rng, _ADVERBS)}{aspect}{predicate}{pick(rng, _ENDS)}"
    if form < 0.6:
        return f"{pick(rng, _PLACES)}的{aspect}{predicate}{pick(rng, _ENDS)}"
    if form < 0.8:
        return f"{aspect}{pick(rng, _ADVERBS)}{predicate}{pick(rng, _ENDS)}"
    return f"{aspect}{predicate}{pick(rng, _ENDS)}"


def story(rng: random.Random, subject: Subject) -> str:
    """Return a clause on what somebody did."""
    clause = f"{pick(rng, _WHO)}{pick(rng, _WHEN)}{pick(rng, subject.did)}"
    if rng.random() < 0.4:
        clause += "，" + pick(rng, _DETAILS).replace("{n}", str(2 + int(rng.random() ** 3 * 300)))
    return clause


def reaction(rng: random.Random, mood: Mood) -> str:
    """Return a feeling in a few characters, often with a word before it."""
    word = pick(rng, _REACTIONS[mood])
    form = rng.random()
    if form < 0.3:
        return pick(rng, _LINKS) + "，" + word + pick(rng, _ENDS)
    if form < 0.6:
        return pick(rng, _ADVERBS) + word + pick(rng, _ENDS)
    return word + pick(rng, _ENDS)


def _clause(rng: random.Random, subject: Subject, mood: Mood) -> str:
    form = rng.random()
    if form < 0.4:
        return opinion(rng, subject, mood)
    if form < 0.68:
        return story(rng, subject)
    if form < 0.94:
        return reaction(rng, mood)
    return pick(rng, subject.asks) + "？"


_CLOSING = frozenset("！。…~？；～ 。")


def _join(rng: random.Random, text: str, clause: str) -> str:
    return text + clause if text[-1] in _CLOSING else text + pick(rng, _JOINS) + clause


def remark(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return the short own words of a repost or comment: mostly one clause, now and then three."""
    draw = rng.random()
    if draw < 0.34:
        text = reaction(rng, mood)
    else:
        text = _clause(rng, subject, mood)
    if draw > 0.66:
        text = _join(rng, text, _clause(rng, subject, mood))
        if draw > 0.92:
            text = _join(rng, text, pick(rng, _LINKS) + "，" + _clause(rng, subject, mood))
    if rng.random() < 0.25:
        text += icon(rng, mood) * (1 + int(rng.random() ** 2 * 3))
    return text


def essay(rng: random.Random, subject: Subject, mood: Mood) -> str:
    """Return an original post of two to five clauses, at times with a hashtag or a link."""
    text = story(rng, subject) if rng.random() < 0.5 else opinion(rng, subject, mood)
    for _ in range(1 + int(rng.random() * 4)):
        before = pick(rng, _LINKS) + "，" if rng.random() < 0.35 else ""
        text = _join(rng, text, before + _clause(rng, subject, mood))
    if rng.random() < 0.4:
        text += icon(rng, mood)
    if rng.random() < 0.12:
        text = f"#{pick(rng, subject.hashtags)}#{text}"
    if rng.random() < 0.08:
        text += link(rng)
    return text


def headline(rng: random.Random, subject: Subject) -> str:
    """Return a news headline with its slots filled."""
    template = pick(rng, subject.news)
    return (
        template.replace("{city}", pick(rng, CITIES))
        .replace("{n}", str(2 + int(rng.random() ** 2 * 900)))
        .replace("{aspect}", pick(rng, subject.aspects))
    )


def question(rng: random.Random, subject: Subject) -> str:
    """Return a citizen's question to an official account."""
    place = pick(rng, _PLACES) if rng.random() < 0.5 else ""
    story_first = story(rng, subject) + "，" if rng.random() < 0.4 else ""
    return f"{story_first}请问{place}{pick(rng, subject.asks)}？"


_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def link(rng: random.Random) -> str:
    """Return a short link."""
    return "http://t.cn/z" + "".join(_ALPHABET[int(rng.random() * 62)] for _ in range(6))


def nickname(rng: random.Random) -> str:
    """Return a name as people choose them; not unique, as people's are not."""
    name = pick(rng, _NAME_HEADS) + pick(rng, _NAME_TAILS)
    draw = rng.random()
    if draw < 0.45:
        return name + str(int(rng.random() * 10_000))
    if draw < 0.6:
        return f"{name}_{pick(rng, _NAME_TAILS)}"
    if draw < 0.8:
        return f"{pick(rng, CITIES)}{name}{int(rng.random() * 100)}"
    return f"{name}的{pick(rng, _NAME_TAILS)}"
