"""Tokens from the running Keyfob for programs in Python 3.9 or later. Needs nothing but Python.

Nothing is sent before it is seen that the socket can be nobody else's; the key stands in the Authorization header alone;
a token goes to the origin that was asked for, and not where that redirects to.
"""

import hashlib
import http.client
import json
import os
import socket
import stat
import sys
import urllib.error
import urllib.parse
import urllib.request

__all__ = ["Keyfob", "KeyfobError", "socket_path"]

# Seconds: an approval may take a person a minute, a vendor half of one.
_ANSWER_WITHIN = 180
# Bytes: 104 on macOS and the BSDs, the closing NUL included.
_LONGEST = 103
_MAX_LINKS = 40


class KeyfobError(Exception):
    """What Keyfob said instead of an answer; as text, its sentence and what to do.

    ``code`` is stable, and all that a program should branch on: those of Keyfob's endpoint (``sign_in_needed``,
    ``not_permitted``, ``vendor_unreachable``, …), ``not_running`` when none listens, ``unexpected`` for what is not Keyfob.
    """

    def __init__(self, code, detail, hint=None, status=None, problem=None):
        super().__init__(f"{detail} {hint}" if hint else detail)
        self.code = code
        self.detail = detail
        self.hint = hint
        #: The HTTP status of the answer, where there was one.
        self.status = status
        #: The whole problem document (RFC 9457): ``retry_after`` in seconds, the vendor's ``error``, …
        self.problem = problem or {}


class Keyfob:
    """A client of the running Keyfob. Connects when something is asked, and keeps nothing.

    ``socket``: the socket's path; omitted, where the ``keyfob`` command looks. ``url``: instead of it the endpoint on TCP,
    ``http://127.0.0.1:15393``, which needs a key. ``key``: a client key (``kf_…``); without one the caller is the person.
    """

    def __init__(self, socket=None, url=None, key=None):
        parts = None if url is None else urllib.parse.urlsplit(url)
        if parts is not None and (
            socket is not None or parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "localhost", "::1")
        ):
            raise KeyfobError(
                "bad_request",
                "This is not where a Keyfob answers.",
                "Give either `socket`, or `url` as http://127.0.0.1:PORT.",
            )
        self._socket, self._url, self._key = socket, parts, key

    def token(self, account=None, *, provider=None, min_valid=None, scope=None, audience=None, id_token=False):
        """Gives a token as ``GET /v1/token`` does: a dict with ``access_token``, ``expires_at`` (Unix seconds or None), and
        ``headers`` and ``query`` to send to the API. Omitted, the account is the selected one. ``min_valid``: seconds that
        it must still be valid, strict when said. Raises KeyfobError."""
        wishes = {
            "account": account,
            "provider": provider,
            "min_valid": min_valid,
            "scope": scope,
            "audience": audience,
            "id_token": 1 if id_token else None,
        }
        query = urllib.parse.urlencode({name: value for name, value in wishes.items() if value is not None})
        return self._ask("GET", f"/v1/token?{query}")

    def accounts(self):
        """Gives the accounts that the caller may use, as a list of dicts."""
        return self._ask("GET", "/v1/accounts")

    def refresh(self, account, *, rejected=None):
        """Has Keyfob refresh now. With ``rejected``, the token that the API refused, it does so once and only while that is
        the one in hand; its SHA-256 is sent, not the token."""
        body = {} if rejected is None else {"rejected": hashlib.sha256(rejected.encode()).hexdigest()}
        return self._ask("POST", f"/v1/accounts/{urllib.parse.quote(account, safe='')}/refresh", body)

    def urlopen(self, request, data=None, *, timeout=60, **wishes):
        """As ``urllib.request.urlopen``, with the token of ``account`` in the request; ``wishes`` as for ``token``. After a
        401 Keyfob is told which token was refused, and the request is sent once more with the new one, when there is one and
        its body is bytes or none. Raises KeyfobError, also for a token that is bound to a key (DPoP)."""
        if isinstance(request, str):
            request = urllib.request.Request(request)
        if data is not None:
            request.data = data
        token = self.token(**wishes)
        if token["token_type"] == "DPoP":
            raise KeyfobError(
                "bad_request",
                "This account's token is bound to a key (DPoP): each request needs its own proof.",
                f"Send the request with `keyfob curl {token['account']} -- URL`.",
            )
        sent = _with_token(request, token)
        try:
            return urllib.request.urlopen(sent, timeout=timeout)
        except urllib.error.HTTPError as error:
            # Where a redirect leads the token was not sent, so it was not refused there.
            if error.code != 401 or error.filename != sent.full_url:
                raise
            self.refresh(token["account"], rejected=token["access_token"])
            # By its name: what is selected may have changed, and the request is this account's.
            fresh = self.token(**{**wishes, "account": token["account"], "provider": None})
            if fresh["access_token"] == token["access_token"] or not isinstance(request.data, (bytes, type(None))):
                raise
            error.close()
        return urllib.request.urlopen(_with_token(request, fresh), timeout=timeout)

    def _ask(self, method, path, body=None):
        for _ in range(2):
            status, text = self._send(method, path, body)
            # After a 408 once more: the host slept before it had read the request, and did nothing (RFC 9110 section 15.5.9).
            if status != 408:
                break
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if 200 <= status <= 299 and answer is not None:
            return answer
        problem = answer if isinstance(answer, dict) else {}
        code, detail = problem.get("code"), problem.get("detail")
        if not isinstance(code, str) or not isinstance(detail, str):
            raise KeyfobError("unexpected", f"What answered is not Keyfob ({status}).", status=status)
        raise KeyfobError(code, detail, problem.get("hint"), status, problem)

    def _send(self, method, path, body):
        headers = {"Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connection()
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (FileNotFoundError, NotADirectoryError, ConnectionError) as error:
            raise KeyfobError(
                "not_running",
                "No Keyfob is running here.",
                "Start it with `keyfob serve`, or say where it is with `socket` or `url`.",
            ) from error
        except PermissionError as error:
            raise KeyfobError("not_permitted", "This user has no access to Keyfob's socket.") from error
        except (OSError, http.client.HTTPException) as error:
            raise KeyfobError("unexpected", "Keyfob cannot be reached.") from error
        finally:
            connection.close()

    def _connection(self):
        if self._url is not None:
            return http.client.HTTPConnection(self._url.hostname, self._url.port or 80, timeout=_ANSWER_WITHIN)
        if sys.platform == "win32":
            raise KeyfobError(
                "bad_request",
                "Python cannot open Keyfob's pipe on Windows.",
                "Give `url` and a `key`; `keyfob client add NAME` prints one.",
            )
        if self._socket is not None:
            # One that was handed over, to a container say, stands in a folder of the system's.
            return _SocketConnection(self._socket, _follow)
        return _SocketConnection(socket_path(), _check_own)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path, check):
        super().__init__("localhost", timeout=_ANSWER_WITHIN)
        self._path, self._check = path, check

    def connect(self):
        self._check(self._path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _with_token(request, token):
    """The same request with the token in it, where the vendor wants it."""
    parts = urllib.parse.urlsplit(request.full_url)
    query = [(name, value) for name, value in urllib.parse.parse_qsl(parts.query, True) if name not in token["query"]]
    if token["query"]:
        parts = parts._replace(query=urllib.parse.urlencode([*query, *token["query"].items()]))
    names = {name.lower() for name in token["headers"]}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in names}
    made = urllib.request.Request(parts.geturl(), request.data, kept, method=request.get_method())
    for name, value in request.unredirected_hdrs.items():
        if name.lower() not in names:
            made.add_unredirected_header(name, value)
    for name, value in token["headers"].items():
        # Not sent where the answer redirects to.
        made.add_unredirected_header(name, value)
    return made


def socket_path(env=os.environ):
    """Where the Keyfob of an environment listens: in KEYFOB_HOME, else in the platform's own places."""
    named = env.get("KEYFOB_HOME") or None
    runtime = _absolute(env.get("XDG_RUNTIME_DIR"))
    if named is not None:
        folder = os.path.realpath(named)
    elif sys.platform == "darwin":
        folder = os.path.expanduser("~/Library/Application Support/Keyfob")
    else:
        # XDG Base Directory Specification 0.8: a relative value is to be ignored.
        state = _absolute(env.get("XDG_STATE_HOME")) or os.path.expanduser("~/.local/state")
        folder = os.path.normpath(os.path.join(runtime or state, "keyfob"))
    found = os.path.join(folder, "keyfob.sock")
    if len(os.fsencode(found)) <= _LONGEST:
        return found
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = None if runtime is None else os.path.join(runtime, f"keyfob-{digest}", "keyfob.sock")
    if short is not None and len(os.fsencode(short)) <= _LONGEST:
        return short
    return f"/tmp/keyfob-{os.getuid()}-{digest}/keyfob.sock"


def _absolute(value):
    return value if value is not None and os.path.isabs(value) else None


def _check_own(path):
    """Raises KeyfobError when the socket of the user's home, or its folder, is not the user's alone."""
    folder = _follow(os.path.dirname(path))
    if folder is None:
        return
    if folder.st_uid != os.getuid() or folder.st_mode & 0o022:
        raise _refused(path, "its folder could be written by others")
    found = _follow(path)
    if found is not None and found.st_uid != os.getuid():
        raise _refused(path, "it is another user’s")


def _follow(target):
    """Follows a path from the root, and gives what stands at its end, or None. Raises KeyfobError when somebody other than
    the user and the system could have put a socket there, or anything on the way to it."""
    names = [name for name in os.path.abspath(target).split("/") if name]
    root = os.lstat("/")
    at, stats, links = "/", root, 0
    while names:
        name = names.pop(0)
        entry = os.path.join(at, name)
        if name == "..":
            at, stats = os.path.dirname(at), os.lstat(os.path.dirname(at))
            continue
        foreign_group = stats.st_gid not in (os.getgid(), root.st_gid)
        is_open = bool(stats.st_mode & 0o002) or bool(stats.st_mode & 0o020 and foreign_group)
        if is_open and not stats.st_mode & stat.S_ISVTX:
            raise _refused(target, f"others may write to {at}")
        try:
            found = os.lstat(entry)
        except (FileNotFoundError, NotADirectoryError):
            return None
        is_link = stat.S_ISLNK(found.st_mode)
        passed = is_link or stat.S_ISDIR(found.st_mode)
        if (is_open or passed) and found.st_uid not in (os.getuid(), root.st_uid):
            raise _refused(target, f"{entry} is another user's")
        if not is_link:
            at, stats = entry, found
            continue
        links += 1
        if links > _MAX_LINKS:
            raise _refused(target, f"{entry} points to nothing")
        leads = os.readlink(entry)
        names = [part for part in leads.split("/") if part not in ("", ".")] + names
        if os.path.isabs(leads):
            at, stats = "/", root
    return stats


def _refused(path, fault):
    return KeyfobError(
        "not_permitted",
        f"The program on {path} may not be your Keyfob: {fault}.",
        "Nothing was sent. Check who owns it, then restrict it with `chmod 700`, or set KEYFOB_HOME to another folder.",
    )
