"""``model``: train a model, evaluate it, and see whether a name alone moves it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from monitor.errors import ModelError
from monitor.scoring.acceptance import fallen, floors_of_the_card, hard_sample, negation_sample, sample
from monitor.scoring.evaluation import Judge, SetFigures, evaluate, evaluate_set, named
from monitor.scoring.fairness import name_swap
from monitor.scoring.judges import SnowNlpJudge
from monitor.scoring.labelled import (
    Division,
    LabelledSet,
    divided,
    read_folder,
    read_labelled,
    without_copies,
)
from monitor.scoring.model import TextModel, default_model, load_model

_SHOWN = {
    "binary_accuracy": "pos/neg accuracy",
    "binary_macro_f1": "pos/neg macro-F1",
    "binary_calibration_error": "calibration error",
    "binary_accuracy_at_90": "accuracy, surest 90%",
    "own_words_accuracy": "accuracy, own words",
    "label_macro_f1": "3-class macro-F1",
    "emotion_macro_f1": "6-emotion macro-F1",
    "negative_accuracy": "negative or not",
    "angry_recall": "anger recall",
    "angry_precision": "anger precision",
    "angry_precision_at_half": "anger precision at recall .5",
    "coverage_at_threshold": "coverage",
    "label_accuracy_at_threshold": "accuracy when certain",
}
_LEADING = ("binary_accuracy", "label_macro_f1", "emotion_macro_f1", "negative_accuracy")
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Evaluation(msgspec.Struct, frozen=True):
    """What ``evaluate --json`` prints."""

    models: dict[str, list[SetFigures]]
    below_the_card: list[str]


class _Comparison(msgspec.Struct, frozen=True):
    """What ``evaluate --compare --json`` prints; ``better``: see ``_is_better``."""

    old: list[SetFigures]
    new: list[SetFigures]
    better: bool


@click.group()
def model() -> None:
    """Train and judge the sentiment model."""


@model.command()
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled sets (NDJSON, also .xz).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Model file.")
@click.option("--extra", type=_FILE, multiple=True, help="Labelled lines of your own; may be repeated.")
@click.option("--unlabelled", type=_FILE, multiple=True, help="Records whose emoticons are learnt from.")
@click.option("--name", default="default", show_default=True, help="Name stored with every score.")
def train(data: Path, out: Path, extra: Sequence[Path], unlabelled: Sequence[Path], name: str) -> None:
    """Train a model; the same files give the same model."""
    try:
        from monitor.scoring import training  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise ModelError(
            f"training needs the train extra ({error}); install opinion-monitor[train]"
        ) from error
    own = [read_labelled(path) for path in extra]
    division = _with_extra(divided(read_folder(data)), own)
    trained = training.train(
        division, training.read_unlabelled(unlabelled), out, name, lambda line: click.echo(line, err=True)
    )
    click.echo(f"{out}\t{trained.model}\t{out.stat().st_size} bytes")


@model.command("evaluate", short_help="Accuracy, calibration and coverage on labelled sets.")
@click.option("--data", type=_FOLDER, help="Folder of labelled sets; without it, the packaged sentences.")
@click.option("--model", "which", type=click.Choice(["default", "snownlp"]), help="Only this one.")
@click.option("--file", type=_FILE, help="This model file in place of the packaged one.")
@click.option("--compare", type=_FILE, nargs=2, help="OLD NEW: two model files.")
@click.option("--json", "as_json", is_flag=True)
def evaluate_(
    data: Path | None, which: str | None, file: Path | None, compare: tuple[Path, Path] | None, as_json: bool
) -> None:
    """Accuracy, macro-F1, calibration and coverage on every set not learnt from.

    Exits 1 when the packaged model falls below the figures of its card, or when NEW is no better than OLD.
    """
    division = _division(data)
    if compare is not None:
        _compare(load_model(compare[0]), load_model(compare[1]), division, as_json)
        return
    judges: dict[str, Judge] = {}
    ours = None
    if which != "snownlp":
        ours = load_model(file) if file else default_model()
        judges[ours.model] = ours
    if which != "default":
        snow = SnowNlpJudge()
        judges[snow.model] = snow
    found = {name: evaluate(judge, division) for name, judge in judges.items()}
    below = fallen(named(found[ours.model]), floors_of_the_card()) if ours and not file else []
    if as_json:
        click.echo(msgspec.json.encode(_Evaluation(found, below)))
    else:
        _print(found)
        for line in below:
            click.echo(f"below the card: {line}", err=True)
    if below:
        sys.exit(1)


@model.command(short_help="Calibration error, and what it is on halves that were not seen.")
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled sets.")
@click.option("--file", type=_FILE, help="This model file in place of the packaged one.")
def calibration(data: Path, file: Path | None) -> None:
    """The calibration error of the sets that calibrate, and what it is on halves that did not."""
    try:
        from monitor.scoring import calibrating  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise ModelError(
            f"calibrating needs the train extra ({error}); install opinion-monitor[train]"
        ) from error
    judged = load_model(file) if file else default_model()
    click.echo("set\tcalibration error, pos/neg\tcalibrated without the half that is judged")
    for one in calibrating.calibration_errors(judged, divided(read_folder(data))):
        click.echo(f"{one.name}\t{one.fitted:.3f}\t{one.cross_fitted:.3f}")


@model.command(short_help="Figures of sets that were left out of training.")
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled sets.")
@click.option("--without", multiple=True, help="Leave out this set (default: each in turn, ten minutes).")
def cross(data: Path, without: Sequence[str]) -> None:
    """Figures of every set by n-grams learnt from all sets, and from all but one."""
    try:
        from monitor.scoring import crossing  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise ModelError(
            f"training needs the train extra ({error}); install opinion-monitor[train]"
        ) from error
    division = divided(read_folder(data))
    known = crossing.origins(division)
    if unknown := sorted(set(without) - set(known)):
        raise click.UsageError(f"there is no set {', '.join(unknown)}; there are {', '.join(known)}")
    click.echo("left out\tset\tfigure\tall sets\twithout")
    for one in crossing.crossed(division, without or known):
        for figure in _LEADING:
            with_it, without_it = getattr(one.with_it, figure), getattr(one.without_it, figure)
            if with_it is not None:
                figures = f"{with_it.value:.3f}\t{without_it.value:.3f}"
                click.echo(f"{one.without}\t{one.with_it.name}\t{_SHOWN[figure]}\t{figures}")


@model.command(short_help="How far a mere name moves a neutral score.")
@click.option("--file", type=_FILE, help="This model file in place of the packaged one.")
@click.option("--json", "as_json", is_flag=True)
def fairness(file: Path | None, as_json: bool) -> None:
    """How far the score of a neutral sentence moves when only a name in it changes."""
    swap = name_swap(load_model(file) if file else default_model())
    if as_json:
        click.echo(msgspec.json.encode(swap))
        return
    click.echo(f"{swap.sentences} sentences, mean (largest) range of polarity over 50 names of a kind")
    click.echo(f"listed names\t{swap.listed:.3f} ({swap.listed_largest:.3f})")
    click.echo(f"unlisted names\t{swap.unlisted:.3f} ({swap.unlisted_largest:.3f})")
    for kind in swap.listed_by_kind:
        click.echo(f"{kind}\t{swap.listed_by_kind[kind]:.3f}\t{swap.unlisted_by_kind[kind]:.3f}")


def _division(data: Path | None) -> Division:
    if data is None:
        return Division((), (sample(), hard_sample(), negation_sample()), ())
    return divided(read_folder(data))


def _with_extra(division: Division, extra: Sequence[LabelledSet]) -> Division:
    own = tuple(without_copies(one, division) for one in extra)
    for given, kept in zip(extra, own, strict=True):
        if copies := len(given.lines) - len(kept.lines):
            told = f"{copies} of {len(given.lines)} lines are copies of texts that judge the model"
            click.echo(f"{given.name}: {told}; not learnt from", err=True)
    return msgspec.structs.replace(division, training=(*division.training, *own))


def _compare(old: TextModel, new: TextModel, division: Division, as_json: bool) -> None:
    sets = (*division.development, *division.held_out)
    before = [evaluate_set(old, one) for one in sets]
    after = [evaluate_set(new, one) for one in sets]
    better = _is_better(before, after)
    if as_json:
        click.echo(msgspec.json.encode(_Comparison(before, after, better)))
    else:
        _print({f"old {old.model}": before, f"new {new.model}": after})
        click.echo("the new model is better" if better else "the new model is NOT better; keep the old one")
    if not better:
        sys.exit(1)


def _is_better(before: Sequence[SetFigures], after: Sequence[SetFigures]) -> bool:
    """Better in the mean of all leading figures, and nowhere below what chance explains."""
    gains = []
    for old, new in zip(before, after, strict=True):
        for figure in _LEADING:
            one, other = getattr(old, figure), getattr(new, figure)
            if one is None or other is None:
                continue
            if other.value < one.low:
                return False
            gains.append(other.value - one.value)
    return bool(gains) and sum(gains) > 0


def _print(found: dict[str, list[SetFigures]]) -> None:
    for name, figures in found.items():
        click.echo(name)
        for one in figures:
            click.echo(f"  {one.name} ({one.texts} texts)")
            for field, title in _SHOWN.items():
                value = getattr(one, field)
                if value is not None:
                    click.echo(f"    {title:<28} {_shown(value)}")
            if one.confusion is not None:
                click.echo(f"    confusion, right by given      {one.confusion}")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    low, high = getattr(value, "low", 0.0), getattr(value, "high", 0.0)
    return f"{getattr(value, 'value', 0.0):.3f}  [{low:.3f}, {high:.3f}]"
