"""Every setting that the project knows, once: `charter env` lists them, the documentation is made from them, and one
that is set and not known is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class KnownSetting:
    """``name`` may end with ``<NAME>``: there is one for each connection. ``is_secret``: its value is never shown, and
    ``<name>_FILE`` may name a file that holds it, which others than its owner may not read. ``default`` is what holds
    without it; empty where nothing does."""

    name: str
    meaning: str
    default: str = ""
    is_secret: bool = False

    def covers(self, name: str) -> bool:
        """Whether ``name`` is this setting, or the name of the file that holds it."""
        if self.is_secret:
            name = name.removesuffix("_FILE")
        prefix = self.name.removesuffix("<NAME>")
        return name == self.name or (prefix != self.name and name.startswith(prefix) and name != prefix)


@dataclass(frozen=True)
class SettingGroup:
    """Settings of one matter."""

    title: str
    settings: tuple[KnownSetting, ...]


GROUPS = (
    SettingGroup(
        "Where things are",
        (
            KnownSetting("CHARTER_HOME", "the project's folder", "the folder at or above the working folder"),
            KnownSetting("CHARTER_DIR", "the agency's folder", "charters/kotra"),
            KnownSetting("CHARTER_VAR", "where all state is kept", "var"),
            KnownSetting("CHARTER_AGENCY", "which of several agencies a command works for (`charter --agency`)"),
            KnownSetting("CHARTER_AGENCIES", "the agencies that have schedules of their own, with commas, or `all`"),
        ),
    ),
    SettingGroup(
        "Sources",
        (
            KnownSetting(
                "CHARTER_CONN_<NAME>",
                "the address of each connection in `sources.yaml`: `<NAME>` is its name in capitals",
                is_secret=True,
            ),
            KnownSetting(
                "CHARTER_AUTH_<NAME>", "the secret of an API or a server ([sources](sources.md))", is_secret=True
            ),
            KnownSetting(
                "CHARTER_PSEUDONYM_KEY",
                "the key of pseudonyms, 32 bytes or more. Without it a person's rows no longer match earlier ones",
                is_secret=True,
            ),
        ),
    ),
    SettingGroup(
        "Evidence",
        (
            KnownSetting("CHARTER_SIGNING_KEY", "the Ed25519 key that seals evidence (PEM)", is_secret=True),
            KnownSetting(
                "CHARTER_RETIRED_SIGNING_KEY",
                "the key used so far, while it is replaced (`charter rotate-key`)",
                is_secret=True,
            ),
            KnownSetting(
                "CHARTER_WITNESS",
                "a folder of somebody else's, to which the hash of every seal is appended ([witnesses](#witnesses))",
            ),
            KnownSetting("CHARTER_TSA_URL", "a time-stamping authority (RFC 3161) that stamps each night's seal"),
            KnownSetting("CHARTER_TSA_CERTIFICATE", "the file (PEM) of its root certificate, and of those between"),
            KnownSetting(
                "CHARTER_COMMIT",
                "the commit that seals name, where there is no git repository to read it from, as in an image",
            ),
        ),
    ),
    SettingGroup(
        "Mail",
        (
            KnownSetting("CHARTER_MAIL_FROM", "who reports come from ([mail](mail.md): in whose name, and to whom)"),
            KnownSetting("CHARTER_SMTP_HOST", "the mail server's name"),
            KnownSetting("CHARTER_SMTP_PORT", "its port: 587 with `starttls`, 465 with `ssl`"),
            KnownSetting("CHARTER_SMTP_SECURITY", "`starttls`, `ssl` or `none`"),
            KnownSetting("CHARTER_SMTP_USER", "the user, where the server asks for one", is_secret=True),
            KnownSetting("CHARTER_SMTP_PASSWORD", "the user's password", is_secret=True),
            KnownSetting("CHARTER_SMTP_PER_MINUTE", "how many messages a minute a domain gets", "as many as it takes"),
            KnownSetting(
                "CHARTER_SMTP_PATIENCE", "for how many seconds a run tries again what is turned away for now", "240"
            ),
            KnownSetting("CHARTER_MAIL_DOMAINS", "the domains that mails may go to; all others are refused", "any"),
            KnownSetting(
                "CHARTER_MAIL_FOLDER",
                "a folder that keeps the mails instead of a server that sends them on: for demonstrations",
            ),
            KnownSetting("CHARTER_DKIM_SELECTOR", "the selector of the key that signs mails ([mail](mail.md))"),
            KnownSetting("CHARTER_DKIM_KEY", "that key", is_secret=True),
            KnownSetting("CHARTER_DKIM_DOMAIN", "the domain it signs for", "that of CHARTER_MAIL_FROM"),
            KnownSetting(
                "CHARTER_UNSUBSCRIBE_KEY",
                "the key of the tokens in `one_click` addresses, 32 bytes or more",
                is_secret=True,
            ),
            KnownSetting(
                "CHARTER_SITE_ADDRESS",
                "where the folder `site` is served (`https://charter.agency.example/`): mails then lead to its pages",
            ),
        ),
    ),
    SettingGroup(
        "Notices",
        (
            KnownSetting(
                "CHARTER_OPERATORS",
                "the mailboxes of those who are told what goes wrong ([notices](notices.md)), with commas",
            ),
            KnownSetting(
                "CHARTER_NOTICE_URLS",
                "chats and web hooks that are told as well, as Apprise writes them, one a line",
                is_secret=True,
            ),
            KnownSetting("CHARTER_NOTICE_LANGUAGE", "the language of what operators read", "the agency's own"),
            KnownSetting("CHARTER_NOTICE_AGAIN_HOURS", "after how many hours a failure that lasts is told again", "24"),
            KnownSetting(
                "CHARTER_HEARTBEAT_NIGHT",
                "an address that is asked after each published and sealed night",
                is_secret=True,
            ),
            KnownSetting("CHARTER_HEARTBEAT_WATCH", "one that is asked after each watch", is_secret=True),
            KnownSetting("CHARTER_HEARTBEAT_METHOD", "`GET` or `POST`", "GET"),
        ),
    ),
    SettingGroup(
        "The machine",
        (
            KnownSetting("CHARTER_MEMORY_LIMIT", "DuckDB's memory; what does not fit spills to `var/work`", "4GB"),
            KnownSetting(
                "CHARTER_PROCESSES",
                "how many processes render reports; from 16 reports on, each further one takes some 300 MB. The files"
                " are the same with any number",
                "as many as there are cores",
            ),
            KnownSetting(
                "CHARTER_SCHEDULE",
                "`off`: no DAG starts by itself ([demonstrations](#one-switch-for-demonstrations))",
                "on",
            ),
            KnownSetting("CHARTER_CATCH_UP", "how many missed nights are made up for by themselves at most", "31"),
            KnownSetting("CHARTER_RETRY_SECONDS", "Airflow's pause before a task is tried again, which doubles", "120"),
            KnownSetting(
                "CHARTER_WRITER_WAIT",
                "for how many seconds a step waits while another one writes ([one writer](#one-writer-at-a-time))",
                "1800",
            ),
            KnownSetting("CHARTER_RUNS", "`off`: steps are neither written down nor told to anybody", "on"),
            KnownSetting("CHARTER_LOG", "the log: `text`, `json` or `off` ([observe](observe.md))", "text"),
            KnownSetting("CHARTER_LOG_DAYS", "for how many days the log is kept", "30"),
            KnownSetting(
                "CHARTER_OTLP_ENDPOINT",
                "an OpenTelemetry collector (`http://collector:4318`) that gets traces and metrics; `off` for none",
                "OTEL_EXPORTER_OTLP_ENDPOINT, or none",
            ),
            KnownSetting("CHARTER_LINEAGE", "`off`: nights write no lineage ([lineage](lineage.md))", "on"),
            KnownSetting("CHARTER_LINEAGE_URL", "a server that takes OpenLineage's events"),
            KnownSetting("CHARTER_LINEAGE_KEY", "its key", is_secret=True),
        ),
    ),
)

KNOWN = tuple(setting for group in GROUPS for setting in group.settings)


def known_setting(name: str) -> KnownSetting | None:
    """The setting that ``name`` is, exact names before those with a connection's name; None when it is none of ours."""
    exact = [setting for setting in KNOWN if setting.name == name.removesuffix("_FILE") or setting.name == name]
    return next((setting for setting in [*exact, *KNOWN] if setting.covers(name)), None)


def unknown_settings(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that begin as ours do and that nothing reads: most often a slip of the pen."""
    return sorted(name for name in names if name.startswith("CHARTER_") and known_setting(name) is None)


def settings_page() -> str:
    """All settings as tables of Markdown, one for each matter: they are in docs/operate.md."""
    parts = []
    for group in GROUPS:
        rows = "\n".join(f"| {_names(known)} | {known.meaning} | {known.default} |" for known in group.settings)
        parts.append(f"**{group.title}**\n\n| variable | what | without it |\n| --- | --- | --- |\n{rows}\n")
    return "\n".join(parts)


def _names(known: KnownSetting) -> str:
    return f"`{known.name}` or `…_FILE`" if known.is_secret else f"`{known.name}`"
