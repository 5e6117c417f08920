"""The command line: ``opinion-monitor COMMAND``.

Exit codes: 0 done; 2 something the operator can mend, said in one sentence on standard error; 130 stopped
by Ctrl-C (143 by SIGTERM), with everything committed kept.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from monitor import __version__
from monitor.commands.campaigns import campaigns
from monitor.commands.config import config
from monitor.commands.dead_letters import dead_letters
from monitor.commands.demo import demo
from monitor.commands.reading import alerts, figures, search
from monitor.commands.run import run
from monitor.commands.score import score
from monitor.commands.simulate import simulate
from monitor.errors import MonitorError

INTERRUPTED = 130
TERMINATED = 143


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="Settings file (default: $OPINION_MONITOR_CONFIG, ./config/monitor.toml, the packaged one).",
)
@click.pass_context
def commands(context: click.Context, config_path: Path | None) -> None:
    """Streaming public-opinion monitoring: posts in; sentiment, campaigns, figures and search out."""
    context.obj = config_path


@commands.command()
def version() -> None:
    """Print the version."""
    click.echo(f"opinion-monitor {__version__}")


for command in (run, demo, score, search, campaigns, figures, alerts, dead_letters, simulate, config):
    commands.add_command(command)


class _Terminated(BaseException):
    """SIGTERM: leave as on Ctrl-C."""


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise _Terminated


def main() -> None:
    """Run one command and leave with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = commands.main(standalone_mode=False)
    except MonitorError as error:
        click.echo(f"opinion-monitor: {error}", err=True)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("opinion-monitor: stopped; what was committed is kept", err=True)
        code = INTERRUPTED
    except _Terminated:
        click.echo("opinion-monitor: terminated; what was committed is kept", err=True)
        code = TERMINATED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the reader left; nothing more to say
        code = 0
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
