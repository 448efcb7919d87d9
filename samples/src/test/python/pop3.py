# SPDX-License-Identifier: Apache-2.0
"""Reads the only message of Pop3Greeting: pop3.py PORT plain|stls|tls"""
import poplib
import ssl
import sys

port, mode = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE

if mode == "tls":
    mailbox = poplib.POP3_SSL("127.0.0.1", port, timeout=30, context=context)
else:
    mailbox = poplib.POP3("127.0.0.1", port, timeout=30)
print(mailbox.getwelcome().decode())
if mode == "stls":
    mailbox.stls(context=context)
print("STLS" in mailbox.capa())
mailbox.user("user")
mailbox.pass_("password")
count, size = mailbox.stat()
_, lines, octets = mailbox.retr(1)
print(count, size == octets)
print(lines[-1].decode())
mailbox.quit()
