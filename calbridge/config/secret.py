"""Secrets: from a file, the environment, a systemd credential or a command. No problem here ever holds one."""

import os
import signal
import stat
import subprocess
from collections.abc import Mapping as Map
from pathlib import Path

from pydantic import SecretStr

from calbridge.config.sections import FORMS, Section
from calbridge.core.problem import Misfit, Problem

COMMAND_SECONDS = 10.0
LONGEST = 65536  # bytes; the longest tokens seen are below 8 KiB
CREDENTIALS = "CREDENTIALS_DIRECTORY"  # systemd.exec(5), LoadCredential=


def read_secret(name: str, section: Section, environ: Map[str, str], problems: list[Problem]) -> SecretStr | None:
    """Read a secret of a table, in which exactly one of `name`_file, _env, _credential and _command says where it is.

    White space around it is not part of it; of a command's output the first line counts.
    """
    given = [form for form in FORMS if f"{name}_{form}" in section.values]
    if len(given) != 1:
        reason = f"is given {len(given)} times: as {', '.join(given)}" if given else "is needed, and missing"
        forms = ", ".join(f"{name}_{form}" for form in FORMS)
        problems.append(Problem(section.where(name), "config.secret-count", reason, f"keep one of {forms}"))
        return None
    key = f"{name}_{given[0]}"
    found = _read(given[0], section.values[key], environ)
    if isinstance(found, Misfit):
        problems.append(found.at(section.where(key)))
        return None
    return found


def _read(form: str, value: object, environ: Map[str, str]) -> SecretStr | Misfit | None:
    match form, value:
        case "command", [str(), *_] as argv if all(isinstance(word, str) for word in argv):
            text = _from_command([str(word) for word in argv], environ)
        case "command", str(program) if program:
            text = _from_command([program], environ)
        case "env", str(name) if name:
            text = environ.get(name) or Misfit(
                "config.secret-missing",
                f"the environment variable {name} is not set, or empty",
                "set it where calbridge is started",
            )
        case "credential", str(name) if name:
            text = _from_credential(name, environ)
        case "file", str(path) if path:
            text = _from_file(Path(path))
        case _:
            return None  # of the wrong type: the table's model says so
    return _checked(text) if isinstance(text, str) else text


def _checked(text: str) -> SecretStr | Misfit:
    secret = text.strip()
    if not secret:
        return Misfit("config.secret-empty", "the secret is empty", "put it there, alone on one line")
    if not secret.isprintable():
        return Misfit(
            "config.secret-garbled",
            "the secret has more than one line, or control characters",
            "put it there, alone on one line",
        )
    return SecretStr(secret)


def _from_file(path: Path) -> str | Misfit:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Misfit(
                "config.secret-unreadable", f"{path} is no file", "name the file that holds the secret, alone"
            )
        if status.st_mode & stat.S_IROTH:
            return Misfit(
                "config.secret-world-readable", f"every user of this machine can read {path}", f"chmod o-rwx {path}"
            )
        with path.open("rb") as file:
            return file.read(LONGEST).decode()
    except FileNotFoundError:
        return Misfit(
            "config.secret-missing", f"there is no file {path}", "make it, readable for calbridge's user only"
        )
    except OSError as error:
        return Misfit(
            "config.secret-unreadable",
            f"{path} can't be read: {error.strerror}",
            "let calbridge's user read it, and no other",
        )
    except UnicodeDecodeError:
        return Misfit("config.secret-garbled", f"{path} is no UTF-8 text", "put the secret there, alone on one line")
    except ValueError:
        return Misfit("config.value", "has a null byte in it", "name the file that holds the secret")


def _from_credential(name: str, environ: Map[str, str]) -> str | Misfit:
    folder = environ.get(CREDENTIALS)
    if not folder:
        return Misfit(
            "config.secret-missing",
            f"there are no systemd credentials here (${CREDENTIALS} is not set)",
            f"start calbridge by its systemd unit, with LoadCredential={name}:/path/of/the/file; by hand put "
            f"`systemd-run --pipe --wait -p LoadCredential={name}:/path/of/the/file` before the command",
        )
    if "/" in name or name in {".", ".."}:
        return Misfit(
            "config.value", "is no credential's name", f"write the name alone, as in LoadCredential={Path(name).name}:"
        )
    return _from_file(Path(folder) / name)


def _from_command(argv: list[str], environ: Map[str, str]) -> str | Misfit:
    try:
        process = subprocess.Popen(  # noqa: S603  the administrator's own command, without a shell
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # ValueError: a null byte in an argument
        reason = error.strerror if isinstance(error, OSError) else "an argument has a null byte"
        return Misfit(
            "config.secret-command", f"{argv[0]} can't be run: {reason}", "give the program's path, then its arguments"
        )
    with process:
        try:
            output, _ = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its children too: they would keep the pipe open
            return Misfit(
                "config.secret-command",
                f"{argv[0]} did not end within {COMMAND_SECONDS:.0f} s",
                "use a command that asks nothing",
            )
    if process.returncode:
        return Misfit(
            "config.secret-command",
            f"{argv[0]} ended with status {process.returncode}",
            "run it by hand, as calbridge's user",
        )
    return output.partition(b"\n")[0].decode(errors="replace")
