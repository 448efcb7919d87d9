// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import io.portcullis.tls.spi.TlsEngineProvider;

/** Makes the engine {@value #NAME} known to profiles. */
public final class BoringSslProvider implements TlsEngineProvider {
    /** What profiles call it. */
    public static final String NAME = "boringssl";

    private static final int RANK = 100;

    /** For the service loader. */
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
     * How many engines there are whose native memory has not been given back. For monitoring and for tests: a number
     * that grows while that of the connections does not is a leak.
     *
     * @return the count over all profiles of this process
     */
    public static long liveEngines() {
        return BoringSslFactory.liveEngines();
    }
}
