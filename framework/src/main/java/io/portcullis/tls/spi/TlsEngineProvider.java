// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsProfileBuilder;

/**
 * A TLS implementation that profiles can choose by its name. Found by {@link java.util.ServiceLoader}, on the class
 * path and on the module path. Thread-safe.
 *
 * <p>An engine that cannot be used on this machine says so in its capabilities; it must not fail to load, or to answer.
 * The framework checks a profile against the capabilities, and asks only for what is in them.
 */
public interface TlsEngineProvider {

    /**
     * What profiles call it.
     *
     * @return a short name in lower case, the same as in the capabilities
     */
    String name();

    /**
     * What the engine can do, and whether it can be used here at all. The first call may load native code; further ones
     * are cheap.
     *
     * @return the capabilities
     */
    TlsCapabilities capabilities();

    /**
     * How {@link TlsProfileBuilder#bestEngine()} orders the engines that are available.
     *
     * @return the higher, the sooner it is taken; the JDK's engine has 0
     */
    int rank();

    /**
     * Makes the engines of one profile.
     *
     * @param config what was asked for; within the capabilities
     * @return the factory
     * @throws IllegalArgumentException if the engine refuses the configuration all the same; the message says what, and
     *     what to do
     */
    TlsEngineFactory create(TlsEngineConfig config);
}
