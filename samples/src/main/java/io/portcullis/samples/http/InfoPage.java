// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.tls.TlsSession;
import java.util.Optional;

/** The page that describes the connection over which a request came. */
final class InfoPage {
    private InfoPage() {}

    /**
     * Returns the text of the page.
     *
     * @param connection the connection over which the request came
     * @param bodyBytes the length of the request's body
     * @return the text in UTF-8
     */
    static byte[] of(Connection connection, long bodyBytes) {
        Optional<TlsSession> session = connection.session();
        StringBuilder page = new StringBuilder(256);
        page.append("Portcullis\n\nsecurity:    ")
                .append(session.map(TlsSession::protocol).orElse("plain"))
                .append('\n');
        session.ifPresent(tls -> page.append("suite:       ")
                .append(tls.cipherSuite())
                .append("\nALPN:        ")
                .append(tls.applicationProtocol().orElse("none"))
                .append("\nserver name: ")
                .append(tls.serverName().orElse("none"))
                .append('\n'));
        page.append("connection:  ").append(Long.toHexString(connection.id()));
        page.append("\nfrom:        ").append(Authority.of(connection.remoteAddress()));
        page.append("\nto:          ")
                .append(Authority.of(connection.localAddress()))
                .append('\n');
        if (bodyBytes > 0) {
            page.append("body:        ").append(bodyBytes).append(" bytes, ignored\n");
        }
        return page.toString().getBytes(UTF_8);
    }
}
