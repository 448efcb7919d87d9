// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsProfile;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a new connection is: plain, TLS, or whichever of the two its first bytes say.
 */
@FunctionalInterface
public interface Gate {

    /**
     * The filter that a new connection starts with.
     *
     * @return a new filter
     */
    Filter open();

    /**
     * Every connection is plain.
     *
     * @return the gate
     */
    static Gate plain() {
        throw new UnsupportedOperationException();
    }

    /**
     * Every connection is TLS.
     *
     * @param profile the configuration
     * @return the gate
     */
    static Gate tls(TlsProfile profile) {
        return profile::serverFilter;
    }

    /**
     * Plain or TLS, by the first bytes.
     *
     * @param profile the configuration
     * @return the gate
     */
    static Gate detect(TlsProfile profile) {
        throw new UnsupportedOperationException();
    }

    /**
     * TLS with a profile chosen by the ClientHello's server name.
     *
     * @param profiles by server name
     * @param fallback for hellos without a name
     * @return the gate
     */
    static Gate bySni(Map<String, TlsProfile> profiles, @Nullable TlsProfile fallback) {
        throw new UnsupportedOperationException();
    }
}
