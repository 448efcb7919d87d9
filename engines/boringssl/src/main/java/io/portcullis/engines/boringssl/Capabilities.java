// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.Version;
import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsFeature;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/** The capabilities of BoringSSL in this process; determined once. */
final class Capabilities {
    /** The groups that a BoringSSL may support, the most preferred first. */
    private static final List<String> GROUPS =
            List.of("X25519MLKEM768", "x25519", "secp256r1", "secp384r1", "secp521r1", "MLKEM1024");

    private static final TlsCapabilities ONLY = find();

    private Capabilities() {}

    static TlsCapabilities get() {
        return ONLY;
    }

    private static TlsCapabilities find() {
        try {
            return OpenSsl.isAvailable() ? describe() : missing(OpenSsl.unavailabilityCause());
        } catch (LinkageError withoutNetty) {
            return missing(withoutNetty);
        }
    }

    private static TlsCapabilities missing(Throwable cause) {
        return TlsCapabilities.unavailable(BoringSslProvider.NAME, NativeLibrary.trouble(cause));
    }

    private static TlsCapabilities describe() {
        if (!OpenSsl.versionString().contains("BoringSSL")) {
            return TlsCapabilities.unavailable(
                    BoringSslProvider.NAME,
                    "Netty's tcnative was found with " + OpenSsl.versionString()
                            + "; put netty-tcnative-boringssl-static" + " on the class path instead");
        }
        List<String> suites = OpenSsl.availableJavaCipherSuites().stream()
                .filter(name -> name.startsWith("TLS_") && !name.contains("_PSK_"))
                .toList();
        return new TlsCapabilities(
                BoringSslProvider.NAME,
                OpenSsl.versionString() + " by Netty " + version(),
                Optional.empty(),
                List.of("TLSv1.3", "TLSv1.2"),
                suites,
                suites,
                GROUPS.stream().filter(Capabilities::hasGroup).toList(),
                Set.of("RSA", "EC"),
                Set.of(TlsFeature.TICKETS, TlsFeature.SHARED_TICKET_KEYS, TlsFeature.GROUP_CHOICE));
    }

    // As reported by Netty's classes: the manifest differs if the jars were merged
    private static String version() {
        return Version.identify().values().stream()
                .map(Version::artifactVersion)
                .findFirst()
                .orElse("of an unknown version");
    }

    private static boolean hasGroup(String name) {
        try {
            ReferenceCountUtil.release(SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL_REFCNT)
                    .option(OpenSslContextOption.GROUPS, new String[] {name})
                    .build());
            return true;
        } catch (SSLException unknown) {
            return false;
        }
    }
}
