// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The numbers of leases that one thread has taken and released, for each size. Only that thread updates the counts; any
 * thread may read them.
 */
final class LeaseCounts {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] leased;
    private final long[] returned;

    LeaseCounts(int sizes) {
        leased = new long[sizes];
        returned = new long[sizes];
        // The first execution of code allocates memory, and there may be none left when there is something to count
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
