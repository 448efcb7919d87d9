// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanTest {

    @Test
    void possibleWorkloadsAreNotChanged() {
        List<Workload> wanted = workloads("W4-19500", "W2-full-ec", "W3");

        assertEquals(new Plan(wanted, List.of()), Plan.within(wanted, 20_000));
    }

    @Test
    void tooManyConnectionsAreReducedAndTheWorkloadIsRenamed() {
        Plan plan = Plan.within(workloads("W1-64", "W4-50000"), 20_000);

        assertEquals(
                List.of("W1-64", "W4-19000"),
                plan.workloads().stream().map(Workload::name).toList());
        Workload cut = plan.workloads().get(1);
        assertEquals(19_000, cut.connections());
        assertTrue(cut.memory());
        assertEquals(
                List.of(
                        "W4-19000 is measured instead of W4-50000: 50000 connections need as many file descriptors, but a"
                                + " process may have at most 20000, its hard limit, which root can raise with 'ulimit -n 51000'"),
                plan.notes());
    }

    @Test
    void workloadsReducedToTheSameNumberAreMerged() {
        assertEquals(
                List.of("W6-64", "W6-500"),
                Plan.within(workloads("W6"), 1_000).workloads().stream()
                        .map(Workload::name)
                        .toList());
    }

    @Test
    void aPlanForHardlyAnyConnectionsIsRejected() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Plan.within(workloads("W1-512"), 550));
        assertTrue(String.valueOf(e.getMessage()).contains("'ulimit -n 1512'"), e::toString);
    }

    private static List<Workload> workloads(String... names) {
        return new Workloads(Optional.empty(), Optional.empty()).named(List.of(names));
    }
}
