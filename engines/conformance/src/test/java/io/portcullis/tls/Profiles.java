// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Profiles of the engines that can be tested in one process, and in-memory connections between them. */
final class Profiles {
    private Profiles() {}

    static Stream<String> engines() {
        return Stream.of("jdk", "boringssl", "conscrypt");
    }

    static TlsProfile client(String engine, UnaryOperator<TlsProfileBuilder> settings) {
        return settings.apply(TestCertificates.clientBuilder(engine)).build();
    }

    static TlsProfile server(String engine, UnaryOperator<TlsProfileBuilder> settings) {
        TestCertificate ec = TestCertificates.ec();
        return settings.apply(TestEngine.use(engine, TlsProfile.builder()).certificate(ec.key(), ec.certificate()))
                .build();
    }

    static FilterPair join(TlsProfile client, TlsProfile server) {
        return join(client, "localhost", server);
    }

    static FilterPair join(TlsProfile client, String host, TlsProfile server) {
        return new FilterPair(client.clientFilter(host, 443), server.serverFilter());
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /**
     * Returns how many bytes a server sends in a handshake; the connection continues until its tickets have arrived.
     */
    static long handshakeBytes(TlsProfile client, TlsProfile server) {
        FilterPair pair = join(client, server).handshake();
        long bytes = pair.toClient.total();
        pair.server.send((byte) 1);
        pair.run();
        pair.close();
        pair.client.filter.free();
        pair.server.filter.free();
        return bytes;
    }

    /** Returns whether a client's second connection omits the server's certificate. */
    static boolean resumes(TlsProfile client, TlsProfile first, TlsProfile second) throws Exception {
        long full = handshakeBytes(client, first);
        return handshakeBytes(client, second)
                < full - TestCertificates.ec().certificate().getEncoded().length;
    }
}
