"""The heads of seals that mails print hold the chain to account: nobody can take them back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.base.head import printed_head, verifying
from charter.cli import main
from charter.deliver import Message, Outbox, Sender, build_mime, heads_printed_in
from charter.evidence import SealedManifest, generate_signing_key, verify
from charter.evidence.verifying import Compared
from tests.deliver.builders import message

from .builders import SUNDAY, Installation

SENDER = Sender(address="charter@kotra.example")
READERS = ("kim@kotra.example", "lee@kotra.example")


def mails(sealed: SealedManifest, *readers: str) -> list[Message]:
    """What the week's readers get, with the head of its night's seal in its last lines."""
    text = f"지킨 약속 12건\n\n■ 직접 확인하기\n- 봉인값: {printed_head(sealed.sha256)}\n- {verifying(sealed.sha256)}\n"
    return [message(reader, text=text) for reader in readers]


def send(installation: Installation, sealed: SealedManifest) -> None:
    with Outbox.open(installation.settings) as outbox:
        outbox.enqueue(mails(sealed, *READERS), sender=SENDER, as_of=SUNDAY)


def receive(folder: Path, sealed: SealedManifest) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(mails(sealed, *READERS)):
        (folder / f"{number}.eml").write_bytes(bytes(build_mime(mail, SENDER)))


def heads(installation: Installation, folder: Path | None = None) -> Compared:
    found = verify(installation.settings, mails=folder)
    return next(kind for kind in found.kinds if kind.what == "heads in mails")


def cut_the_tail(installation: Installation) -> None:
    """Takes the newest seal off, line and folder both."""
    chain = installation.evidence / "chain.jsonl"
    chain.write_bytes(b"".join(chain.read_bytes().splitlines(keepends=True)[:-1]))
    shutil.rmtree(sorted(installation.evidence.glob("*-nightly"))[-1])


def test_heads_that_are_in_the_chain_hold(installation: Installation, nights: list[SealedManifest]) -> None:
    send(installation, nights[1])
    receive(installation.settings.outbox_dir / "received", nights[1])
    found = heads(installation)
    assert (found.count, found.altered) == (1, ())


def test_a_tail_cut_off_with_its_folder_is_named_by_the_outbox(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    send(installation, nights[-1])
    cut_the_tail(installation)
    (problem,) = heads(installation).altered
    assert printed_head(nights[-1].sha256) in problem.what
    assert "2 inboxes hold it" in problem.what


def test_and_by_what_was_received_when_the_outbox_is_gone_as_well(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    receive(installation.settings.outbox_dir / "received", nights[-1])
    cut_the_tail(installation)
    (problem,) = heads(installation).altered
    assert "2 inboxes hold it" in problem.what


def test_and_by_mails_saved_from_inboxes_elsewhere(
    installation: Installation, nights: list[SealedManifest], tmp_path: Path
) -> None:
    receive(tmp_path / "saved" / "inbox", nights[-1])
    cut_the_tail(installation)
    assert heads(installation).left == "no mail prints one"
    assert len(heads(installation, tmp_path / "saved").altered) == 1


def test_a_chain_forged_whole_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    send(installation, nights[-1])
    shutil.rmtree(installation.evidence)
    forger = {"CHARTER_SIGNING_KEY": generate_signing_key().decode()}
    installation.settings = replace(installation.settings, environment=forger)
    installation.three_nights()
    found = verify(installation.settings)
    assert [kind.what for kind in found.kinds if kind.altered] == ["heads in mails"], "all else is of one piece"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_mail_program_that_kept_one_of_the_texts_alone_kept_the_head(kind: str) -> None:
    mail = EmailMessage()
    mail["To"] = READERS[0]
    mail.set_content(f"<p>{verifying('3f9a02bc11de8d40')}</p>", subtype=kind)
    assert heads_printed_in(bytes(mail)) == ("3f9a02bc11de8d40",)


@pytest.mark.parametrize("text", ["", "charter verify --head soon\n", "4111 1111 1111 1111\n"])
def test_mails_that_print_none_prove_nothing_and_alter_nothing(
    installation: Installation, nights: list[SealedManifest], text: str
) -> None:
    with Outbox.open(installation.settings) as outbox:
        outbox.enqueue([message(text=f"지킨 약속 12건\n{text}")], sender=SENDER, as_of=SUNDAY)
    found = heads(installation)
    assert (found.count, found.altered, found.left) == (0, (), "no mail prints one")


def test_a_head_may_be_typed_as_it_is_printed(installation: Installation, nights: list[SealedManifest]) -> None:
    assert not verify(installation.settings, heads=[printed_head(nights[0].sha256).upper()]).altered
    (problem,) = verify(installation.settings, heads=["ffff ffff ffff ffff"]).altered
    assert "which was seen elsewhere" in problem.what


def test_on_the_command_line_its_blanks_need_no_quotes(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    def verified(*heads: str) -> Result:
        return CliRunner().invoke(main, ["verify", "--folder", str(installation.settings.var_dir), *heads])

    first, second = (printed_head(night.sha256) for night in nights[:2])
    assert verified("--head", *first.split()).exit_code == 0
    assert verified("--head", first, "--head", second).exit_code == 0
    assert verified("--head", "ffff", "ffff", "ffff", "ffff").exit_code == 8
    unclear = verified("--head", *first.split(), "--head", *second.split())
    assert "put each head that has blanks into quotes" in unclear.output
