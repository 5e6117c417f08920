"""The command line: ``opinion-monitor COMMAND``.

Exit codes: 0 done; 1 a check that found a difference, or output that nobody reads any more; 2 something the
operator can mend, said in one sentence on standard error; 130 stopped by Ctrl-C (143 by SIGTERM), with
everything committed kept. A command's module is imported when it is called, so that ``--help`` does not wait
for models and engines.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

import click

from monitor import __version__
from monitor.commands.interrupts import TerminatedError, on_terminate
from monitor.commands.terminal import open_streams, typed
from monitor.errors import MonitorError

INTERRUPTED = 130
TERMINATED = 143

_COMMANDS = {
    "alertmanager-config": (
        "monitor.commands.relay:alertmanager_config",
        "Make Alertmanager's configuration from the settings.",
    ),
    "alerts": ("monitor.commands.alerts:alerts", "List alert events; show one; try other rules."),
    "campaigns": ("monitor.commands.campaigns:campaigns", "List campaigns; show the evidence of one."),
    "config": ("monitor.commands.config:config", "Settings: check, show."),
    "console": ("monitor.commands.console:console", "Serve the web console and its API."),
    "corrections": (
        "monitor.commands.corrections:corrections",
        "Labels that people corrected: list, export.",
    ),
    "dead-letters": (
        "monitor.commands.dead_letters:dead_letters",
        "Input that is no record: list, show, replay, export.",
    ),
    "demo": ("monitor.commands.demo:demo", "A simulated day, and what was found in it."),
    "figures": ("monitor.commands.reading:figures", "Figures of a watchlist over time, raw and organic."),
    "index": ("monitor.commands.index:index", "Elasticsearch: make or check its indices."),
    "intake": ("monitor.commands.intake:intake", "Take records over HTTP."),
    "model": ("monitor.commands.model:model", "Train and judge the sentiment model."),
    "notify": ("monitor.commands.relay:notify", "Channels: list, test."),
    "relay": ("monitor.commands.relay:relay", "Tell people over channels what Alertmanager sends."),
    "run": ("monitor.commands.run:run", "Take in files of records: the main job."),
    "score": ("monitor.commands.score:score", "Score the sentiment of texts in a file."),
    "search": ("monitor.commands.reading:search", "Find indexed records."),
    "simulate": ("monitor.commands.simulate:simulate", "Write days of simulated talk, with the truth."),
    "topics": ("monitor.commands.topics:topics", "Kafka: make or check its topics."),
    "users": ("monitor.commands.users:users", "Accounts of the console."),
    "worker": ("monitor.commands.worker:worker_command", "Work on Kafka and Elasticsearch in a role."),
}
"""Each command with where it is and what ``--help`` says of it."""


class _Commands(click.Group):
    """The commands by name; their modules are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*_COMMANDS, *super().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = _COMMANDS.get(cmd_name)
        if known is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = known[0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        told = {name: help_line for name, (_, help_line) in _COMMANDS.items()}
        told |= {name: command.get_short_help_str() for name, command in self.commands.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(told.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="Settings file (default: $OPINION_MONITOR_CONFIG, ./config/monitor.toml, the packaged one).",
)
@click.version_option(__version__, message="opinion-monitor %(version)s")
@click.pass_context
def commands(context: click.Context, config_path: Path | None) -> None:
    """Streaming public-opinion monitoring: posts in; sentiment, campaigns, figures and search out."""
    context.obj = config_path


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def version(as_json: bool) -> None:
    """Print the version."""
    if as_json:
        click.echo(json.dumps({"name": "opinion-monitor", "version": __version__}))
        return
    click.echo(f"opinion-monitor {__version__}")


def main() -> None:
    """Run one command and leave with its exit code. What it writes is for its user's eyes only."""
    os.umask(0o077)
    open_streams()
    # One process, one core: numpy's own threads double the cost of a run and gain nothing on small batches.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Few objects of a pipeline are in cycles, and looking for them every 700 new ones costs a tenth of a run.
    gc.set_threshold(50_000, 20, 50)
    signal.signal(signal.SIGTERM, on_terminate)
    code = _called()
    # The one who cannot wait for the last steps of the interpreter ends it, without words about where it was.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(code)


def _called() -> int:
    try:
        return int(commands.main(typed(sys.argv[1:]), standalone_mode=False) or 0)
    except MonitorError as error:
        _say(str(error))
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except OSError as error:
        _say(_refused_by_the_system(error))
        return MonitorError.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("stopped; what was committed is kept")
        return INTERRUPTED
    except TerminatedError:
        _say("terminated; what was committed is kept")
        return TERMINATED


def _refused_by_the_system(error: OSError) -> str:
    """What no command has words of its own for: output onto a full disk, a path that cannot be made."""
    reason = error.strerror or str(error)
    if error.filename is None:
        return f"something could not be written or read ({reason}); see to where the output goes"
    return f"{error.filename}: {reason}; see to its space, its rights and its name"


def _say(sentence: str) -> None:
    """One sentence on standard error; file names need not be UTF-8."""
    click.echo("opinion-monitor: " + sentence.encode("utf-8", "backslashreplace").decode(), err=True)


if __name__ == "__main__":
    main()
