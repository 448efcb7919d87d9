// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import java.security.Provider;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Assumptions;

/**
 * The engine that the tests run with: that of the system property {@code portcullis.test.engine}, the JDK's by default.
 *
 * <p>{@code conscrypt} is Conscrypt's engine, by its security provider. {@code accp} is the JDK's engine over Amazon's
 * provider of algorithms, which must have been installed before the tests are started.
 */
public final class TestEngine {
    public static final String NAME = System.getProperty("portcullis.test.engine", "jdk");

    private static final Queue<Runnable> IN_USE = new ConcurrentLinkedQueue<>();

    private TestEngine() {}

    /** Makes a profile use the engine under test. */
    public static TlsProfileBuilder use(TlsProfileBuilder builder) {
        return use(NAME, builder);
    }

    /** Makes a profile use an engine by its name in tests. */
    public static TlsProfileBuilder use(String name, TlsProfileBuilder builder) {
        return switch (name) {
            case "jdk", "accp" -> builder;
            case "conscrypt" -> builder.provider(conscrypt());
            default -> builder.engine(name);
        };
    }

    /** Whether that is the engine under test. */
    public static boolean is(String name) {
        return NAME.equals(name);
    }

    /** Whether the engine under test has a feature. */
    public static boolean has(TlsFeature feature) {
        return Capabilities.ONLY.has(feature);
    }

    private static final class Capabilities {
        static final TlsCapabilities ONLY = use(TlsProfile.builder()).build().engine();
    }

    /** Whether the engine is the JDK's, whatever provider computes for it. */
    public static boolean isOfTheJdk() {
        return is("jdk") || is("accp");
    }

    /** Skips a test of a feature that the engine under test does not have. */
    public static void assume(boolean possible, TlsFeature needed) {
        Assumptions.assumeTrue(
                possible || has(needed), () -> NAME + " differs: it has no " + needed + " (see TlsFeature)");
    }

    /** Registers an engine to be freed at the end of the test, if the test does not do so itself. */
    static TlsEngine register(TlsEngine engine) {
        if (!is("jdk")) {
            IN_USE.add(engine::free);
        }
        return engine;
    }

    static void register(Filter filter) {
        if (!is("jdk")) {
            IN_USE.add(filter::free);
        }
    }

    /** Frees the engines that tests without sockets have made. */
    public static void freeAll() {
        for (Runnable free = IN_USE.poll(); free != null; free = IN_USE.poll()) {
            free.run();
        }
    }

    private static Provider conscrypt() {
        try {
            return (Provider) Class.forName("org.conscrypt.Conscrypt")
                    .getMethod("newProvider")
                    .invoke(null);
        } catch (ReflectiveOperationException notThere) {
            throw new IllegalStateException("put Conscrypt on the class path", notThere);
        }
    }
}
