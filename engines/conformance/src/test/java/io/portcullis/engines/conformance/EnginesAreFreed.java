// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.engines.boringssl.BoringSslProvider;
import io.portcullis.tls.TestEngine;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** After every test, those of the framework included, no engine is left that holds native memory. */
public final class EnginesAreFreed implements AfterEachCallback {
    /** For JUnit, which finds it by the service loader. */
    public EnginesAreFreed() {}

    @Override
    public void afterEach(ExtensionContext context) {
        TestEngine.freeAll();
        assertEquals(0, BoringSslProvider.liveEngines(), "engines that nobody has freed");
    }
}
