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
 * The TLS engine of the server's side, as a parameter of every benchmark that asks for this state. The client's side is
 * the JDK's in all of them, so that results differ by the server alone.
 */
@State(Scope.Benchmark)
public class Engines {
    /** Which engine. A new one is a word here. */
    @Param({"jdk", "boringssl", "conscrypt"})
    public String engine = "jdk";

    /** Made by JMH. */
    public Engines() {}

    /**
     * The profile of a server.
     *
     * @param pair what it presents
     * @return a profile with the chosen engine
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
     * The profile of the client that all servers meet.
     *
     * @param pair what the server presents
     * @return a profile of the JDK's engine that remembers a few sessions
     */
    public static TlsProfile client(Certificates.Pair pair) {
        return TlsProfile.builder()
                .trust(pair.certificate())
                .sessionCache(8, Duration.ofHours(1))
                .build();
    }
}
