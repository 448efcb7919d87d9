// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.load.Demand;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WorkloadsTest {

    @Test
    void familyStandsForItsMembers() {
        assertEquals(
                List.of("W1-64", "W1-512", "W2-full-ec", "W2-resumed", "W2-full-rsa", "W3"), names("W1", "W2", "W3"));
    }

    @Test
    void memberIsNamedOnlyOnce() {
        assertEquals(List.of("W1-512", "W1-64"), names("W1-512", "W1"));
    }

    @Test
    void anyNumberMakesAMember() {
        Workload workload = workloads().named(List.of("W4-50000")).get(0);

        assertTrue(workload.memory());
        assertEquals(50_000, workload.connections());
    }

    @Test
    void optionsChangeWhatAFamilyStandsFor() {
        Workloads changed = new Workloads(Optional.of(100), Optional.of(5_000));

        assertEquals(
                List.of("W1-100", "W5-5000"),
                changed.named(List.of("W1", "W5")).stream().map(Workload::name).toList());
    }

    @Test
    void handshakesWithAnOlderClientMustBeRequestedExplicitly() {
        Workload workload = workloads().named(List.of("W2-full-p256")).get(0);

        assertEquals(Demand.Group.P256, workload.group());
        assertEquals(Demand.Pattern.FULL_HANDSHAKE, workload.pattern());
    }

    @Test
    void anUnknownNameIsReportedWithTheKnownOnes() {
        for (String name : List.of("W7", "W1-0", "W2-64", "W2-half", "")) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> names(name));
            assertTrue(String.valueOf(e.getMessage()).contains("W1 (W1-64, W1-512), W2 (W2-full-ec,"));
        }
    }

    private static List<String> names(String... names) {
        return workloads().named(List.of(names)).stream().map(Workload::name).toList();
    }

    private static Workloads workloads() {
        return new Workloads(Optional.empty(), Optional.empty());
    }
}
