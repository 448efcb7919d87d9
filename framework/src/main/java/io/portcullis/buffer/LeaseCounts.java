// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many leases of each size one thread has taken, and how many it has given back. That thread alone counts; any may
 * read.
 */
final class LeaseCounts {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] leased;
    private final long[] returned;

    LeaseCounts(int sizes) {
        leased = new long[sizes];
        returned = new long[sizes];
        // The first use of code needs memory, of which there may be none when there is something to count
        for (int index = 0; index < sizes; index++) {
            COUNT.setRelease(leased, index, 0L);
        }
    }

    void countLease(int index) {
        COUNT.setRelease(leased, index, leased[index] + 1);
    }

    void countReturn(int index) {
        COUNT.setRelease(returned, index, returned[index] + 1);
    }

    long leased(int index) {
        return (long) COUNT.getAcquire(leased, index);
    }

    long returned(int index) {
        return (long) COUNT.getAcquire(returned, index);
    }
}
