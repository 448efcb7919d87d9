# SPDX-License-Identifier: Apache-2.0
"""Sends a message to SmtpStartTls, first in plaintext, which is refused: smtp.py PORT"""
import smtplib
import ssl
import sys

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
message = "Subject: hello\r\n\r\n.a line that begins with a dot\r\n"

with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=30) as server:
    try:
        server.sendmail("me@example.org", ["you@example.org"], message)
    except smtplib.SMTPSenderRefused as refused:
        print(refused.smtp_code)
    server.starttls(context=context)
    server.ehlo()
    print(server.has_extn("starttls"))
    print(server.docmd("STARTTLS")[0])
    server.sendmail("me@example.org", ["you@example.org", "they@example.org"], message)
