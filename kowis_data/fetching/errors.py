"""Everything that can go wrong with a download, told in German: what it is and what to do."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import urllib3

if TYPE_CHECKING:
    from kowis_data.fetching.settings import Download


BY_HAND = "Die Datei lässt sich auch im Browser laden ({address}) und mit „python -m kowis_data import“ einlesen."
# reason -> (what is wrong, what the user can do)
PROBLEMS = {
    "unknown": ("Diese Quelle gibt es nicht.", "Eine der bekannten Quellen angeben: {known}."),
    "settings": ("Die Liste der Downloads ist fehlerhaft: {detail}.", "Die Datei {file} berichtigen."),
    "busy": ("Diese Datei wird gerade schon geladen.", "Warten, bis der andere Vorgang fertig ist."),
    "offline": (
        "Der Server {host} ist nicht zu finden; vermutlich besteht keine Internetverbindung.",
        "Die Verbindung prüfen und es noch einmal versuchen. Der Atlas läuft auch ohne: mit den mitgelieferten Daten.",
    ),
    "refused": ("Der Server {host} nimmt keine Verbindung an.", "Später noch einmal versuchen. " + BY_HAND),
    "proxy": (
        "Der Proxy des Netzwerks lässt den Abruf nicht zu oder ist nicht erreichbar.",
        "Die Einstellungen HTTPS_PROXY und NO_PROXY prüfen oder die IT fragen. " + BY_HAND,
    ),
    "tls": (
        "Die gesicherte Verbindung zu {host} kam nicht zustande (Zertifikat oder Verschlüsselung).",
        "Uhrzeit des Rechners prüfen; in Firmennetzen nennt die IT das Zertifikat für REQUESTS_CA_BUNDLE. " + BY_HAND,
    ),
    "timeout": (
        "Der Server {host} antwortet nicht oder zu langsam (Wartezeit {seconds:g} s).",
        "Später noch einmal versuchen; wenn der Server es zulässt, geht es an der erreichten Stelle weiter.",
    ),
    "cut": (
        "Die Verbindung zu {host} brach ab (geladen: {loaded}).",
        "Noch einmal versuchen; wenn der Server es zulässt, geht es an der erreichten Stelle weiter.",
    ),
    "changed": ("Die Datei hat sich beim Herausgeber während des Ladens geändert.", "Noch einmal versuchen."),
    "not_found": (
        "Unter der Adresse {address} gibt es keine Datei mehr (Antwort {status}).",
        "Die neue Adresse beim Herausgeber suchen und in {file} eintragen.",
    ),
    "forbidden": ("Der Server {host} verweigert den Zugriff (Antwort {status}).", BY_HAND),
    "too_many": ("Der Server {host} bittet um eine Pause (Antwort {status}).", "Später noch einmal versuchen."),
    "server": ("Der Server {host} meldet eine Störung (Antwort {status}).", "Später noch einmal versuchen. " + BY_HAND),
    "status": ("Der Server {host} gibt eine unerwartete Antwort ({status}).", BY_HAND),
    "redirect": (
        "Der Server leitet auf eine Adresse weiter, der nicht gefolgt wird: {detail}.",
        "Die Adresse in {file} prüfen.",
    ),
    "address": ("Die Adresse lässt sich nicht abrufen: {address}.", "Die Adresse in {file} prüfen."),
    "html": (
        "Statt der Datei kam eine Webseite.",
        "Im WLAN zuerst anmelden; sonst hat sich die Adresse geändert und ist in {file} zu berichtigen. " + BY_HAND,
    ),
    "wrong_kind": ("Es kam keine Datei der Art „{kind}“.", "Die Adresse in {file} prüfen. " + BY_HAND),
    "damaged": ("Die geladene Datei ist unvollständig oder beschädigt.", "Noch einmal versuchen. " + BY_HAND),
    "disk_full": (
        "Auf dem Datenträger ist zu wenig Platz ({detail}).",
        "Platz schaffen oder einen anderen Ordner wählen: {folder}.",
    ),
    "unwritable": (
        "Im Ordner {folder} lässt sich nicht schreiben ({detail}).",
        "Einen anderen Ordner wählen; ist die Datei in einem Programm geöffnet, sie dort schließen.",
    ),
}
RETRIED = ("timeout", "cut", "changed", "server", "too_many")


class FetchError(Exception):
    """A file that could not be fetched, told in German: what is wrong and what to do.

    `reason` is one of the keys of `PROBLEMS`, `retry_after` the pause in seconds that the server asked for.
    """

    def __init__(self, reason: str, subject: str, *, retry_after: float = 0, **facts: object):
        problem, advice = (text.format(**facts) for text in PROBLEMS[reason])
        self.reason, self.problem, self.advice, self.retry_after = reason, problem, advice, retry_after
        super().__init__(f"{subject}: {problem} Abhilfe: {advice}")


def network_error(
    download: Download, error: requests.RequestException, timeout: float, received: int, total: int | None
) -> FetchError:
    """The German error for what `requests` raised; the kind of trouble often hides in the causes below it."""
    causes = list(_causes(error))

    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    facts = {"loaded": loaded(received, total), "seconds": timeout}
    if any_is(requests.exceptions.ProxyError):
        reason = "proxy"
    elif any_is(socket.gaierror) or codes & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}:
        reason = "offline"
    elif any_is(requests.Timeout, urllib3.exceptions.ReadTimeoutError):
        reason = "timeout"
    elif any_is(ConnectionRefusedError):
        reason = "refused"
    elif any_is(requests.exceptions.SSLError) and not any_is(ssl.SSLEOFError, ConnectionResetError):
        reason = "tls"
    elif any_is(requests.exceptions.SSLError, requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        reason = "cut"
    elif any_is(requests.exceptions.ContentDecodingError):
        reason = "damaged"
    else:
        reason = "address"
    return download.error(reason, **facts)


def _causes(error: object) -> Iterator[BaseException]:
    """The exception and all that it wraps, wherever `requests` and `urllib3` put it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def disk_error(download: Download, target: Path, error: OSError) -> FetchError:
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
    reason = "disk_full" if full else "unwritable"
    return download.error(reason, folder=target.parent, detail=error.strerror or str(error))


def amount(count: int) -> str:
    return f"{count / 1e6:.1f} MB".replace(".", ",")


def loaded(received: int, total: int | None) -> str:
    return amount(received) if total is None else f"{amount(received)} von {amount(total)}"
