// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.OptionalInt;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Failures of handshakes that tests can cause are in {@link TlsFilterFailureTest}; these are the others. */
class EngineFailuresTest {

    static Stream<Arguments> alerts() {
        return Stream.of(
                alert("Received fatal alert: handshake_failure", 40, HandshakeFailure.PEER_ALERT, null),
                alert(
                        "(handshake_failure) Received fatal alert: insufficient_security",
                        71,
                        HandshakeFailure.PEER_ALERT,
                        null),
                alert(
                        "Received fatal alert: certificate_expired",
                        45,
                        HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                        HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED),
                alert(
                        "Received fatal alert: certificate_revoked",
                        44,
                        HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                        HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED),
                alert(
                        "Received fatal alert: certificate_required",
                        116,
                        HandshakeFailure.PEER_ALERT,
                        HandshakeFailure.CLIENT_CERTIFICATE_MISSING),
                alert("Received fatal alert: unrecognized_name", 112, HandshakeFailure.UNKNOWN_SERVER_NAME, null),
                alert("Received fatal alert: inappropriate_fallback", 86, HandshakeFailure.NO_COMMON_PROTOCOL, null),
                alert("Received close_notify during handshake", 0, HandshakeFailure.PEER_ALERT, null),
                alert(
                        "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA",
                        48,
                        HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                        HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED),
                alert(
                        "Read error: ssl=0x7f: Failure in SSL library\nerror:1000042e:SSL routines:OPENSSL_internal:TLSV1_ALERT_PROTOCOL_VERSION",
                        70,
                        HandshakeFailure.NO_COMMON_PROTOCOL,
                        null));
    }

    private static Arguments alert(
            String message, int number, HandshakeFailure atServer, @Nullable HandshakeFailure atClient) {
        return Arguments.of(message, number, atServer, atClient == null ? atServer : atClient);
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void aPeersAlertIsLoggedWithNumberAndName(
            String message, int number, HandshakeFailure atServer, HandshakeFailure atClient) {
        SSLException thrown = new SSLException(message);

        assertEquals(
                OptionalInt.of(number),
                EngineFailures.explain(thrown, true, false, RecordHeader.NO_ALERT)
                        .peerAlert());
        assertEquals(
                atServer,
                EngineFailures.explain(thrown, true, false, RecordHeader.NO_ALERT)
                        .failure());
        assertEquals(
                atClient,
                EngineFailures.explain(thrown, false, true, RecordHeader.NO_ALERT)
                        .failure());
    }

    @ParameterizedTest
    @CsvSource({
        "The certificate chain length (11) exceeds the maximum allowed length (10), MESSAGE_TOO_LONG",
        "The size of the handshake message (40000) exceeds the maximum allowed size (32768), MESSAGE_TOO_LONG",
        "error:1000006e:SSL routines:OPENSSL_internal:EXCESSIVE_MESSAGE_SIZE, MESSAGE_TOO_LONG",
        "error:10000104:SSL routines:OPENSSL_internal:TOO_MANY_KEY_UPDATES, RECORD_FLOOD",
        "error:100000a8:SSL routines:OPENSSL_internal:INAPPROPRIATE_FALLBACK, NO_COMMON_PROTOCOL",
        "No supported CertificateVerify signature algorithm for RSA key, NO_COMMON_CIPHER_SUITE",
        "Illegal server name, UNKNOWN_SERVER_NAME"
    })
    void everyRefusalOfTheEngineHasItsFailure(String message, HandshakeFailure failure) {
        assertEquals(
                failure,
                EngineFailures.explain(new SSLException(message), true, false, RecordHeader.NO_ALERT)
                        .failure());
    }

    static Stream<Arguments> causes() {
        return Stream.of(
                Arguments.of(new CertificateExpiredException("yesterday"), HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED),
                Arguments.of(new CertificateNotYetValidException(), HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED),
                Arguments.of(path(BasicReason.EXPIRED), HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED),
                Arguments.of(path(BasicReason.NOT_YET_VALID), HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED),
                Arguments.of(path(BasicReason.REVOKED), HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED),
                Arguments.of(
                        new CertificateException(new CertPathBuilderException("no path")),
                        HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED),
                Arguments.of(new IOException("disk"), HandshakeFailure.OTHER));
    }

    private static Exception path(BasicReason reason) {
        return new CertificateException(new CertPathValidatorException("path", null, null, -1, reason));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void aCertificateAmongTheCausesIsFound(Exception cause, HandshakeFailure atServer) {
        SSLException thrown = new SSLHandshakeException("it failed");
        thrown.initCause(cause);

        TlsException explained = EngineFailures.explain(thrown, true, false, RecordHeader.NO_ALERT);

        assertEquals(atServer, explained.failure());
        assertEquals(OptionalInt.empty(), explained.peerAlert());
        assertSame(thrown, explained.getCause());
        assertEquals(
                atServer == HandshakeFailure.OTHER ? atServer : HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                EngineFailures.explain(thrown, false, false, RecordHeader.NO_ALERT)
                        .failure());
    }

    @Test
    void cyclicCausesWithoutAMessageHaveAFailure() {
        SSLException thrown = new SSLException((String) null);
        IOException behind = new IOException(thrown);
        thrown.initCause(behind);

        assertEquals(
                HandshakeFailure.OTHER,
                EngineFailures.explain(thrown, true, false, RecordHeader.NO_ALERT)
                        .failure());
    }

    /** The first is the JDK's message for a client all of whose groups are unknown to it. */
    @ParameterizedTest
    @CsvSource({
        "Unexpected key_share extension in HelloRetryRequest, NO_COMMON_GROUP",
        "No available authentication scheme, NO_COMMON_CIPHER_SUITE"
    })
    void anAmbiguousMessageHasItsFailure(String message, HandshakeFailure failure) {
        SSLException thrown = new SSLHandshakeException(message);

        assertEquals(
                failure,
                EngineFailures.explain(thrown, true, false, RecordHeader.NO_ALERT)
                        .failure());
    }

    @Test
    void anExplainedFailureIsKept() {
        TlsException explained = new TlsException(HandshakeFailure.RECORD_FLOOD, "a flood", null);

        assertSame(explained, EngineFailures.explain(explained, true, false, RecordHeader.NO_ALERT));
    }
}
