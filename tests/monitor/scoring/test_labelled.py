"""Each set of labelled texts says what it can about the eight feelings, and no judged text is learnt from."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from monitor.errors import SourceError
from monitor.scoring.feelings import NEGATIVE
from monitor.scoring.labelled import (
    EVERY,
    Answer,
    LabelledSet,
    LabelledText,
    answer,
    divided,
    read_folder,
    read_labelled,
    tenth_of,
)

WITHOUT_NEUTRAL = EVERY - {"neutral"}


def a_set(name: str, *texts: str) -> LabelledSet:
    return LabelledSet(name, tuple(LabelledText(text, polarity=1) for text in texts))


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (LabelledText("", polarity=-1, emotion="angry"), {"angry", "outrage"}),
        (LabelledText("", polarity=-1, emotion="sadness"), {"sad"}),
        (LabelledText("", polarity=1, emotion="gratitude"), {"happy"}),
        (LabelledText("", polarity=0, emotion="neutral"), {"neutral"}),
        (LabelledText("", polarity=0), {"neutral"}),
        (LabelledText("", polarity=1), {"happy"}),
        (LabelledText("", polarity=-1), set(NEGATIVE)),
        (LabelledText("", emotion="surprise"), {"surprise"}),
        (LabelledText("", negative=False), {"happy", "neutral", "surprise"}),
        (LabelledText("", negative=True, emotion="negative"), {"disapproval"}),
        (LabelledText("", negative=True, emotion="angry"), {"outrage"}),
        (LabelledText("", negative=True, emotion="anxious"), {"fear", "sad"}),
    ],
)
def test_a_label_names_the_feelings_it_allows(line: LabelledText, right: set[str]) -> None:
    found = answer(line, EVERY)
    assert found is not None
    assert found.right == right


def test_a_line_without_labels_says_nothing() -> None:
    assert answer(LabelledText("好"), EVERY) is None


def test_a_set_that_never_says_neutral_chooses_among_the_rest() -> None:
    (found,) = a_set("w-train", "好").answers()
    assert found == Answer(frozenset({"happy"}), WITHOUT_NEUTRAL - {"surprise"})


def test_a_development_set_is_not_learnt_from() -> None:
    division = divided([a_set("s-train", "一", "二"), a_set("s-dev", "三")])
    assert [one.name for one in division.development] == ["s-dev"]
    assert [one.name for one in division.training] == ["s-train"]


def test_copies_of_judged_texts_are_taken_out_of_training() -> None:
    division = divided([a_set("s-train", "今天 真好！", "二"), a_set("s-dev", "今天真好")])
    assert [line.text for line in division.training[0].lines] == ["二"]


def test_a_tenth_of_a_set_without_partner_is_held_out() -> None:
    texts = [f"第{number}句" for number in range(400)]
    division = divided([a_set("w-train", *texts)])
    held = {line.text for line in division.held_out[0].lines}
    assert held == {text for text in texts if tenth_of(text) == 0}
    assert held.isdisjoint(line.text for line in division.training[0].lines)
    assert 20 < len(held) < 70


def test_another_tenth_is_spared_to_calibrate_on() -> None:
    texts = [f"第{number}句" for number in range(400)]
    division = divided([a_set("w-train", *texts)])
    spared = {line.text for line in division.spare[0].lines}
    assert spared == {text for text in texts if tenth_of(text) == 1}
    assert spared.isdisjoint(line.text for line in division.training[0].lines)


def test_a_line_that_is_no_labelled_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "own.ndjson"
    path.write_text('{"text": "好", "polarity": 1}\n{"text": "坏", "polarity": 7}\n', "utf-8")
    with pytest.raises(SourceError, match="line 2"):
        read_labelled(path)


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no files of labelled texts"):
        read_folder(tmp_path)


def test_a_set_that_calls_neutral_an_emotion_knows_it_as_one_of_its_answers() -> None:
    neutral = LabelledText("今天星期三", emotion="neutral")
    angry = LabelledText("气死我了", emotion="angry")
    for found in LabelledSet("own", (neutral, angry)).answers():
        assert found is not None
        assert found.right <= found.among


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("usual-dev.ndjson.xz", "usual-dev"),
        ("weibo.2012-dev.ndjson", "weibo.2012-dev"),
        ("own.jsonl", "own"),
        ("own", "own"),
        ("v1.5-train.ndjson.xz", "v1.5-train"),
    ],
)
def test_a_set_has_the_name_of_its_file_dots_and_all(tmp_path: Path, file: str, name: str) -> None:
    content = b'{"text":"x","polarity":1}\n'
    (tmp_path / file).write_bytes(lzma.compress(content) if file.endswith(".xz") else content)
    assert read_labelled(tmp_path / file).name == name


def test_a_file_without_a_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty-dev.ndjson").write_bytes(b"\n")
    with pytest.raises(SourceError, match=r"empty-dev\.ndjson: has no labelled line"):
        read_labelled(tmp_path / "empty-dev.ndjson")
