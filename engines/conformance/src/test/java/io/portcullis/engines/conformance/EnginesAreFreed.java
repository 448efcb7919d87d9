// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.engines.boringssl.BoringSslProvider;
import io.portcullis.tls.TestEngine;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After every test, including those of the framework, verifies that no engine holds native memory. If Amazon's provider
 * is under test but has no library for this system, the tests are skipped, because they would not test it.
 */
public final class EnginesAreFreed implements AfterEachCallback, ExecutionCondition {
    /** Called by JUnit through the service loader. */
    public EnginesAreFreed() {}

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return TestEngine.is("accp") && !CorrettoProvider.installed()
                ? ConditionEvaluationResult.disabled("Amazon's provider has no library for this system")
                : ConditionEvaluationResult.enabled("the engine is available");
    }

    @Override
    public void afterEach(ExtensionContext context) {
        TestEngine.freeAll();
        assertEquals(0, BoringSslProvider.liveEngines(), "engines that have not been freed");
    }
}
