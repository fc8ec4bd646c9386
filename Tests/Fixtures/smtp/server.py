"""A mail server for tests (RFC 5321, 3207, 4954), on 127.0.0.1. It prints its port, then a line of JSON for each mail.

The first part of an address says how it is taken: busy@ is put off (450), gone@ is refused (550), full@ is refused after
the message (552), later@ is put off after it (451), cut@ loses the connection instead of an answer, slow@ takes a minute.
"""
import base64
import json
import socket
import ssl
import sys
import threading
import time

mode, certificate, key, login = (sys.argv[1:] + [""] * 4)[:4]  # starttls | tls | plain, user:password
context = None
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)


def serve(connection):
    if mode == "tls":
        connection = context.wrap_socket(connection, server_side=True)
    lines = connection.makefile("rb")
    is_safe, user, sender, recipients = mode == "tls", None, None, []

    def say(text):
        connection.sendall(text.encode() + b"\r\n")

    say("220 test ESMTP")
    while True:
        line = lines.readline(2000)
        if not line:
            return
        text = line.decode("utf-8", "replace").strip()
        verb = text.upper()
        if verb.startswith("EHLO"):
            extensions = (["STARTTLS"] if mode == "starttls" and not is_safe else []) + (["AUTH PLAIN"] if login else [])
            names = ["test"] + extensions
            for name in names[:-1]:
                say("250-" + name)
            say("250 " + names[-1])
        elif verb == "STARTTLS" and mode == "starttls":
            say("220 go ahead")
            connection = context.wrap_socket(connection, server_side=True)
            lines, is_safe = connection.makefile("rb"), True
        elif verb.startswith("AUTH PLAIN"):
            token = text[11:].strip()
            if not token:
                say("334 ")
                token = lines.readline(2000).decode().strip()
            user = base64.b64decode(token).split(b"\0")[1:]
            if b":".join(user).decode() == login:
                say("235 welcome")
            else:
                user = None
                say("535 5.7.8 authentication failed")
        elif verb.startswith("MAIL FROM:"):
            if login and user is None:
                say("530 5.7.0 authentication required")
                continue
            sender, recipients = text[10:].split()[0].strip("<>"), []
            say("250 ok")
        elif verb.startswith("RCPT TO:"):
            name = text[8:].split()[0].strip("<>")
            if name.startswith("busy@"):
                say("450 4.2.1 mailbox busy")
            elif name.startswith("gone@"):
                say("550 5.1.1 no such user")
            else:
                recipients.append(name)
                say("250 ok")
        elif verb == "DATA":
            if not recipients:
                say("554 5.5.1 no valid recipients")
                continue
            say("354 go on")
            message = b""
            while True:
                line = lines.readline(2000)
                if not line:
                    return
                if line == b".\r\n":
                    break
                message += line[1:] if line.startswith(b".") else line
            first = recipients[0].split("@")[0]
            if first == "slow":
                time.sleep(60)
            if first in ("full", "later"):
                say("552 5.2.2 mailbox full" if first == "full" else "451 4.3.0 try again later")
                continue
            print(json.dumps({"from": sender, "to": recipients, "tls": is_safe, "message": message.decode("utf-8")}),
                  flush=True)
            if first == "cut":
                return
            say("250 2.0.0 queued")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok" if verb in ("RSET", "NOOP") else "502 5.5.1 unknown command")


def guarded(connection):
    try:
        serve(connection)
    except (OSError, ssl.SSLError, ValueError):
        pass
    finally:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()


listener = socket.create_server(("127.0.0.1", 0))
print("listening", listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()
