// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsProfileBuilder;

/**
 * A TLS implementation that profiles choose by its name. Found by {@link java.util.ServiceLoader}, on the class path
 * and on the module path. Thread-safe.
 *
 * <p>An engine that cannot be used on this machine must not fail to load, or throw, but state the reason in its
 * capabilities. The framework checks profiles against the capabilities, and requires nothing that is not in them.
 */
public interface TlsEngineProvider {

    /**
     * Returns the name by which profiles choose the engine.
     *
     * @return a short name in lower case, the same as in the capabilities
     */
    String name();

    /**
     * Returns the capabilities of the engine, including whether it can be used on this machine. The first call may load
     * native code; further ones are cheap.
     *
     * @return the capabilities
     */
    TlsCapabilities capabilities();

    /**
     * Returns the rank by which {@link TlsProfileBuilder#bestEngine()} orders the available engines.
     *
     * @return engines with a higher rank are preferred; the JDK's engine has 0
     */
    int rank();

    /**
     * Creates the factory of one profile.
     *
     * @param config the configuration, which is within the capabilities
     * @return the factory
     * @throws IllegalArgumentException if the engine does not accept the configuration nevertheless; the message states
     *     why, and how to fix it
     */
    TlsEngineFactory create(TlsEngineConfig config);
}
