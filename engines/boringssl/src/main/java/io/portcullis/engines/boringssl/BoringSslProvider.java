// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import io.portcullis.tls.spi.TlsEngineProvider;

/** Provides the engine {@value #NAME} to profiles. */
public final class BoringSslProvider implements TlsEngineProvider {
    /** The name of the engine in profiles. */
    public static final String NAME = "boringssl";

    private static final int RANK = 100;

    /** Called by the service loader. */
    public BoringSslProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int rank() {
        return RANK;
    }

    @Override
    public TlsCapabilities capabilities() {
        return Capabilities.get();
    }

    @Override
    public TlsEngineFactory create(TlsEngineConfig config) {
        return new BoringSslFactory(config);
    }

    /**
     * Returns the number of engines whose native memory has not been freed. Intended for monitoring and tests: if it
     * grows while the number of connections does not, there is a leak.
     *
     * @return the count over all profiles of this process
     */
    public static long liveEngines() {
        return BoringSslFactory.liveEngines();
    }
}
