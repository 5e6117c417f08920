"""``topics``: make the topics in Kafka, and say how those that are there differ."""

from __future__ import annotations

import click

from monitor.brokers import connection_of, topics_of
from monitor.commands.differences import tell
from monitor.commands.options import json_option, settings_of
from streams.topic_admin import TopicAdmin


@click.group(short_help="Kafka: make or check its topics.")
def topics() -> None:
    """Make or check the topics in Kafka, as the [kafka] settings want them."""


@topics.command(short_help="Make the topics that are missing.")
@click.pass_context
def create(context: click.Context) -> None:
    """Make the topics that are missing; those that are there stay as they are."""
    settings = settings_of(context)
    kafka = settings.settings.kafka
    admin = TopicAdmin(connection_of(settings))
    context.call_on_close(admin.close)
    made = admin.create(topics_of(kafka).values(), kafka.replication)
    click.echo(f"made at {kafka.servers}: {', '.join(made)}" if made else f"{kafka.servers} has all topics")


@topics.command(short_help="Compare the topics with the settings; 1 if they differ.")
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Compare the cluster's topics with the settings; ends with 1 when something differs."""
    settings = settings_of(context)
    kafka = settings.settings.kafka
    admin = TopicAdmin(connection_of(settings))
    context.call_on_close(admin.close)
    found = admin.differences(topics_of(kafka).values())
    well = f"the topics at {kafka.servers} are as they should be"
    tell("servers", kafka.servers, found, well, as_json=as_json)
