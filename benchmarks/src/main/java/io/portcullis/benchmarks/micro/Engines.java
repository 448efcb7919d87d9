// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.time.Duration;
import org.conscrypt.Conscrypt;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The server's TLS engine, as a parameter of every benchmark that uses this state. The client always uses the JDK's
 * engine, so that results differ by the server alone.
 */
@State(Scope.Benchmark)
public class Engines {
    /** The name of the engine. A new engine has to be added here. */
    @Param({"jdk", "boringssl", "conscrypt"})
    public String engine = "jdk";

    /** Called by JMH. */
    public Engines() {}

    /**
     * Returns the profile of a server.
     *
     * @param pair its certificate and key
     * @return a profile with the selected engine
     */
    public TlsProfile server(Certificates.Pair pair) {
        TlsProfileBuilder builder = TlsProfile.builder().certificate(pair.key(), pair.certificate());
        return switch (engine) {
            case "conscrypt" ->
                builder.provider(Conscrypt.newProvider()).tasksMayBlock(false).build();
            default -> builder.engine(engine).build();
        };
    }

    /**
     * Returns the profile of the client, which is the same for all servers.
     *
     * @param pair the certificate of the server
     * @return a profile of the JDK's engine that caches a few sessions
     */
    public static TlsProfile client(Certificates.Pair pair) {
        return TlsProfile.builder()
                .trust(pair.certificate())
                .sessionCache(8, Duration.ofHours(1))
                .build();
    }
}
