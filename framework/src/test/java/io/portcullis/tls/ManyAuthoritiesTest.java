// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contents of a profile may not fit into a message: so many trusted authorities that their names are longer than a
 * handshake allows.
 */
class ManyAuthoritiesTest {
    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> lists() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(10, 300, 700).map(count -> Arguments.of(protocol, count)));
    }

    private static X509Certificate[] authorities(int count) {
        Instant now = Instant.now();
        return Stream.concat(
                        Stream.of(TestCertificates.authority().certificate()),
                        IntStream.range(0, count)
                                .mapToObj(number -> ForgedCertificate.selfSigned(
                                        "an authority whose name is long enough that seven hundred of them are too many to be"
                                                + " named by number " + number,
                                        now.minus(Duration.ofDays(1)),
                                        now.plus(Duration.ofDays(1)))))
                .toArray(X509Certificate[]::new);
    }

    @ParameterizedTest(name = "{0}, {1} authorities")
    @MethodSource("lists")
    void clientsWithAndWithoutACertificateGetIn(String protocol, int count) {
        TlsProfile server = TestCertificates.serverBuilder()
                .protocols(protocol)
                .clientAuth(ClientAuth.WANT)
                .trust(authorities(count))
                .build();
        TestCertificate own = TestCertificates.client();
        TlsProfile with = TestCertificates.clientBuilder()
                .certificate(own.chainFile(), own.keyFile())
                .build();
        for (TlsProfile client : List.of(with, TestCertificates.clientProfile())) {
            FilterPair pair = new FilterPair(client.clientFilter("localhost", 443), server.serverFilter()).handshake();
            TlsSession session = pair.server.filter.session();
            assertNotNull(session);
            assertEquals(client == with ? own.chain() : List.of(), session.peerCertificates());
        }
    }
}
