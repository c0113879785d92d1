"""`nbdag setup`: prints what an administrator applies to a namespace, once."""

from __future__ import annotations

import click

from .arguments import more_option
from .terminal import say

_KINDS = {"user": "User", "group": "Group", "sa": "ServiceAccount"}


@click.command()
@click.option("-n", "--namespace", required=True, metavar="NAME", help="The namespace.")
@click.option(
    "--service-account",
    default="argo-workflow",
    show_default=True,
    metavar="NAME",
    help="The service account of the steps' pods.",
)
@click.option(
    "--for",
    "subject",
    metavar="KIND:NAME",
    help="Whom to let submit runs: user:NAME, group:NAME or sa:NAME.",
)
@click.option("--secret", default="", metavar="NAME", help="The artifact store's secret, to read.")
@more_option
@click.option(
    "--watch",
    "watched",
    multiple=True,
    metavar="PLURAL.GROUP",
    help="A resource whose changes may trigger runs, as workflows.argoproj.io or configmaps.",
)
@click.option("--openshift", is_flag=True, help="For OpenShift: pods may use restricted-v2.")
def setup(  # noqa: PLR0913 - click passes one for each option
    *,
    namespace: str,
    service_account: str,
    subject: str | None,
    secret: str,
    more: tuple[str, ...],
    watched: tuple[str, ...],
    openshift: bool,
) -> None:
    """Print the service account, roles and bindings that a namespace needs, as YAML.

    The rights are the least that will do, and end at the namespace: nbdag setup -n NAME | kubectl
    apply -f -
    """
    from nbdag_converters.compilers.argo.rights import rights
    from nbdag_converters.compilers.argo.yaml import to_yaml

    objects = rights(
        namespace,
        service_account=service_account,
        subject=None if subject is None else _subject(subject),
        secret=secret,
        openshift=openshift,
        more=more,
        watched=watched,
    )
    say(to_yaml(objects).removesuffix("\n"))


def _subject(text: str) -> dict[str, str]:
    kind, _, name = text.partition(":")
    if kind not in _KINDS or not name:
        msg = f"'{text}' is not user:NAME, group:NAME or sa:NAME."
        raise click.BadParameter(msg, param_hint="'--for'")
    return {"kind": _KINDS[kind], "name": name}
