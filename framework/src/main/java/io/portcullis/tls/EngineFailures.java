// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Maps the exceptions of engines to {@link HandshakeFailure}. Engines have no common vocabulary: the JDK's is known by
 * its messages and causes; BoringSSL, behind any adapter, by the names and numbers of its own reasons. The peer's alert
 * takes precedence, then a certificate exception among the causes, then the message.
 */
final class EngineFailures {
    private static final int NO_ALERT = RecordHeader.NO_ALERT;

    /** The maximum number of causes examined, in case they are circular. */
    private static final int DEEPEST_CAUSE = 16;

    /** The JDK's message for an alert of the peer. */
    private static final Pattern JDK_ALERT = Pattern.compile("Received fatal alert: (\\w+)");

    /** BoringSSL's message for one: the reason code is the alert's number plus 1,000. */
    private static final Pattern BORINGSSL_ALERT = Pattern.compile("error:10[0-9a-f]{3}([0-9a-f]{3}):");

    private static final int BORINGSSL_ALERTS = 1000;
    private static final int LARGEST_ALERT = 255;

    private static final int CLOSE_NOTIFY = 0;

    /** The names in RFC 8446, 6, and in its predecessors. */
    private static final Map<String, Integer> ALERTS = Map.ofEntries(
            Map.entry("close_notify", CLOSE_NOTIFY),
            Map.entry("unexpected_message", 10),
            Map.entry("bad_record_mac", 20),
            Map.entry("decryption_failed", 21),
            Map.entry("record_overflow", 22),
            Map.entry("decompression_failure", 30),
            Map.entry("handshake_failure", 40),
            Map.entry("no_certificate", 41),
            Map.entry("bad_certificate", 42),
            Map.entry("unsupported_certificate", 43),
            Map.entry("certificate_revoked", 44),
            Map.entry("certificate_expired", 45),
            Map.entry("certificate_unknown", 46),
            Map.entry("illegal_parameter", 47),
            Map.entry("unknown_ca", 48),
            Map.entry("access_denied", 49),
            Map.entry("decode_error", 50),
            Map.entry("decrypt_error", 51),
            Map.entry("export_restriction", 60),
            Map.entry("protocol_version", 70),
            Map.entry("insufficient_security", 71),
            Map.entry("internal_error", 80),
            Map.entry("inappropriate_fallback", 86),
            Map.entry("user_canceled", 90),
            Map.entry("no_renegotiation", 100),
            Map.entry("missing_extension", 109),
            Map.entry("unsupported_extension", 110),
            Map.entry("certificate_unobtainable", 111),
            Map.entry("unrecognized_name", 112),
            Map.entry("bad_certificate_status_response", 113),
            Map.entry("bad_certificate_hash_value", 114),
            Map.entry("unknown_psk_identity", 115),
            Map.entry("certificate_required", 116),
            Map.entry("no_application_protocol", 120));

    /** The patterns in messages and their meaning; those in upper case are BoringSSL's. */
    private static final Map<Pattern, HandshakeFailure> MESSAGES = Map.of(
            Pattern.compile(
                    "No appropriate protocol|protocol versions? .*not accepted|not enabled or supported in server"
                            + "|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|INAPPROPRIATE_FALLBACK"),
            HandshakeFailure.NO_COMMON_PROTOCOL,
            Pattern.compile("no cipher suites in common|No available authentication scheme|NO_SHARED_CIPHER"
                    + "|No supported (CertificateVerify )?signature"
                    + "|NO_COMMON_SIGNATURE_ALGORITHMS"),
            HandshakeFailure.NO_COMMON_CIPHER_SUITE,
            // The second is the JDK's message at a client that does not know any of the groups.
            Pattern.compile("[Nn]o common named group|Unexpected key_share extension in HelloRetryRequest"
                    + "|NO_SHARED_GROUP|WRONG_CURVE"),
            HandshakeFailure.NO_COMMON_GROUP,
            Pattern.compile("[Uu]nrecognized server name|Illegal server name|CLIENTHELLO_TLSEXT"),
            HandshakeFailure.UNKNOWN_SERVER_NAME,
            Pattern.compile("application layer protocol|NO_APPLICATION_PROTOCOL"),
            HandshakeFailure.NO_APPLICATION_PROTOCOL,
            Pattern.compile("Empty client certificate chain|PEER_DID_NOT_RETURN_A_CERTIFICATE"),
            HandshakeFailure.CLIENT_CERTIFICATE_MISSING,
            Pattern.compile("exceeds the maximum allowed|EXCESSIVE_MESSAGE_SIZE"),
            HandshakeFailure.MESSAGE_TOO_LONG,
            Pattern.compile("TOO_MANY_(KEY_UPDATES|EMPTY_FRAGMENTS|WARNING_ALERTS)"),
            HandshakeFailure.RECORD_FLOOD,
            Pattern.compile("[Uu]nexpected handshake message: client_hello"),
            HandshakeFailure.NOT_TLS);

    /**
     * BoringSSL's message. At a server with TLS 1.2, the curve of the certificate is not among the client's groups; at
     * a client, the server's group is not among its own.
     */
    private static final Pattern WRONG_CURVE = Pattern.compile("WRONG_CURVE");

    private EngineFailures() {}

    /**
     * Returns the exception that describes a failure.
     *
     * @param failure the engine's exception
     * @param server whether this side is the server
     * @param secured whether the handshake was complete
     * @param bareAlert the value of {@link HandshakeWatch#bareAlert()}, for engines that did not understand the alert
     */
    static TlsException explain(Exception failure, boolean server, boolean secured, int bareAlert) {
        return explain(failure, server, secured, bareAlert, HandshakeFailure.OTHER);
    }

    /**
     * Returns the exception that describes a failure, with a reason for the case that the engine's exception is
     * unknown.
     */
    static TlsException explain(
            Exception failure, boolean server, boolean secured, int bareAlert, HandshakeFailure otherwise) {
        if (failure instanceof TlsException explained) {
            return explained;
        }
        String what = (secured ? "the TLS stream failed: " : "the TLS handshake failed: ")
                + ForeignText.of(failure.getMessage());
        int alert = alertOfPeer(failure.getMessage());
        if (alert == NO_ALERT && bareAlert != NO_ALERT) {
            alert = bareAlert;
            what = "the TLS handshake failed: the peer sent the alert " + bareAlert + ", not encrypted";
        }
        HandshakeFailure reason = alert == NO_ALERT ? ofThisSide(failure, server) : ofPeer(alert, server);
        return new TlsException(reason == HandshakeFailure.OTHER ? otherwise : reason, what, failure, alert);
    }

    private static int alertOfPeer(@Nullable String message) {
        if (message == null) {
            return NO_ALERT;
        }
        Matcher jdk = JDK_ALERT.matcher(message);
        if (jdk.find()) {
            return ALERTS.getOrDefault(jdk.group(1), NO_ALERT);
        }
        if (message.contains("close_notify during handshake")) {
            return CLOSE_NOTIFY;
        }
        Matcher boringSsl = BORINGSSL_ALERT.matcher(message);
        int number = boringSsl.find() ? Integer.parseInt(boringSsl.group(1), 16) - BORINGSSL_ALERTS : NO_ALERT;
        return number < 0 || number > LARGEST_ALERT ? NO_ALERT : number;
    }

    private static HandshakeFailure ofPeer(int alert, boolean server) {
        return switch (alert) {
            case 41, 116 -> server ? HandshakeFailure.PEER_ALERT : HandshakeFailure.CLIENT_CERTIFICATE_MISSING;
            case 42, 43, 44, 46, 48 ->
                server ? HandshakeFailure.SERVER_CERTIFICATE_REJECTED : HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED;
            case 45 ->
                server ? HandshakeFailure.SERVER_CERTIFICATE_REJECTED : HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED;
            case 70, 86 -> HandshakeFailure.NO_COMMON_PROTOCOL;
            case 112 -> HandshakeFailure.UNKNOWN_SERVER_NAME;
            case 120 -> HandshakeFailure.NO_APPLICATION_PROTOCOL;
            default -> HandshakeFailure.PEER_ALERT;
        };
    }

    private static HandshakeFailure ofThisSide(Exception failure, boolean server) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && causes.size() < DEEPEST_CAUSE; cause = cause.getCause()) {
            causes.add(cause);
        }
        if (causes.stream().anyMatch(EngineFailures::hasExpired)) {
            return server ? HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED : HandshakeFailure.SERVER_CERTIFICATE_REJECTED;
        }
        // Before any message, since that of a trust manager's exception may have any wording
        if (causes.stream().anyMatch(EngineFailures::isVerdict)) {
            return server
                    ? HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED
                    : HandshakeFailure.SERVER_CERTIFICATE_REJECTED;
        }
        for (Throwable cause : causes) {
            HandshakeFailure reason = ofMessage(cause.getMessage(), server);
            if (reason != null) {
                return reason;
            }
        }
        return HandshakeFailure.OTHER;
    }

    private static boolean isVerdict(Throwable cause) {
        return cause instanceof CertificateException
                || cause instanceof CertPathValidatorException
                || cause instanceof CertPathBuilderException;
    }

    private static boolean hasExpired(Throwable cause) {
        return cause instanceof CertificateExpiredException
                || cause instanceof CertificateNotYetValidException
                || (cause instanceof CertPathValidatorException path && isOfTime(path.getReason()));
    }

    private static boolean isOfTime(CertPathValidatorException.Reason reason) {
        return reason == CertPathValidatorException.BasicReason.EXPIRED
                || reason == CertPathValidatorException.BasicReason.NOT_YET_VALID;
    }

    private static @Nullable HandshakeFailure ofMessage(@Nullable String message, boolean server) {
        if (message == null) {
            return null;
        }
        if (server && WRONG_CURVE.matcher(message).find()) {
            return HandshakeFailure.NO_COMMON_CIPHER_SUITE;
        }
        return MESSAGES.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(message).find())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }
}
