"""A mail server for the tests: aiosmtpd on 127.0.0.1.

    mail_server.py PORT [--certificate PEM --key PEM] [--sign-in USER:PASSWORD]

Writes JSON lines: {"listening": port}, and for whatever happens to a letter
{"event": "refused" | "deferred" | "held" | "delivered", "to": address, ...}. The address decides:

    refused…@  for good (550)          deferred…@  refused once, then taken (451)
    held…@     taken when "go" is read from standard input

With a certificate nothing is taken before STARTTLS, with a sign-in nothing without it. It ends with
its standard input.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    def __init__(self):
        self.deferred = set()
        self.go = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            tell(event="refused", to=address)
            return f"550 5.1.1 <{address}>: no such user here"
        if address.startswith("deferred") and address not in self.deferred:
            self.deferred.add(address)
            tell(event="deferred", to=address)
            return "451 4.7.1 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        [address] = envelope.rcpt_tos
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        letter = {
            "to": address,
            "from": envelope.mail_from,
            "greeted_as": session.host_name,
            "encrypted": session.ssl is not None,
            "signed_in": bool(session.authenticated),
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "type": message.get_content_type(),
            "parts": {part.get_content_type(): part.get_content() for part in message.iter_parts()},
        }
        if address.startswith("held"):
            tell(event="held", **letter)
            await self.go.wait()
        tell(event="delivered", **letter)
        return "250 OK"


def follow_orders(loop, handler):
    for line in sys.stdin:
        if line.strip() == "go":
            loop.call_soon_threadsafe(handler.go.set)
    os._exit(0)


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("--certificate")
    options.add_argument("--key")
    options.add_argument("--sign-in")
    options = options.parse_args()
    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate, options.key)

    def authenticate(server, session, envelope, mechanism, data):
        expected = tuple(part.encode() for part in options.sign_in.split(":"))
        right = isinstance(data, LoginPassword) and (data.login, data.password) == expected
        return AuthResult(success=right, handled=False)

    # Clients that hang up are what some tests are about.
    logging.disable(logging.CRITICAL)
    handler = Handler()
    loop = asyncio.get_running_loop()

    def connection():
        return SMTP(
            handler,
            hostname="mail.test",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=options.sign_in is not None,
            authenticator=authenticate if options.sign_in else None,
            loop=loop,
        )

    server = await loop.create_server(connection, "127.0.0.1", options.port)
    threading.Thread(target=follow_orders, args=(loop, handler), daemon=True).start()
    tell(listening=options.port)
    await server.serve_forever()


asyncio.run(main())
