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
    "alertmanager-config": "monitor.commands.relay:alertmanager_config",
    "alerts": "monitor.commands.alerts:alerts",
    "campaigns": "monitor.commands.campaigns:campaigns",
    "config": "monitor.commands.config:config",
    "console": "monitor.commands.console:console",
    "corrections": "monitor.commands.corrections:corrections",
    "dead-letters": "monitor.commands.dead_letters:dead_letters",
    "demo": "monitor.commands.demo:demo",
    "figures": "monitor.commands.reading:figures",
    "index": "monitor.commands.index:index",
    "intake": "monitor.commands.intake:intake",
    "model": "monitor.commands.model:model",
    "notify": "monitor.commands.relay:notify",
    "relay": "monitor.commands.relay:relay",
    "run": "monitor.commands.run:run",
    "score": "monitor.commands.score:score",
    "search": "monitor.commands.reading:search",
    "simulate": "monitor.commands.simulate:simulate",
    "topics": "monitor.commands.topics:topics",
    "users": "monitor.commands.users:users",
    "worker": "monitor.commands.worker:worker_command",
}


class _Commands(click.Group):
    """The commands by name; their modules are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*_COMMANDS, *super().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


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
