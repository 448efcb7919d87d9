// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The numbers of a {@link BufferPool} at one moment.
 *
 * @param sizes one entry for each size of buffer, smallest first; cannot be modified
 * @param budget the most direct memory that the pool allocates, in bytes
 */
public record PoolStatistics(List<OfSize> sizes, long budget) {
    /**
     * Copies the list.
     *
     * @param sizes one entry for each size of buffer
     * @param budget the most direct memory that the pool allocates, in bytes
     */
    public PoolStatistics {
        sizes = List.copyOf(sizes);
    }

    /**
     * How many leases were ever taken.
     *
     * @return a count that only grows
     */
    public long totalLeases() {
        return sum(OfSize::totalLeases);
    }

    /**
     * How many leases are out: taken, and neither released nor known to have leaked.
     *
     * @return a count
     */
    public long activeLeases() {
        return sum(OfSize::activeLeases);
    }

    /**
     * The capacities of the buffers that are out.
     *
     * @return bytes
     */
    public long activeBytes() {
        return sum(size -> size.capacity() * size.activeLeases());
    }

    /**
     * How many watched leases became unreachable without a release, and how many were {@linkplain Lease#abandon
     * abandoned}.
     *
     * @return a count that only grows
     */
    public long leaked() {
        return sum(OfSize::leaked);
    }

    /**
     * How many buffers are in the pool, free to be lent.
     *
     * @return a count
     */
    public long freeBuffers() {
        return sum(OfSize::freeBuffers);
    }

    /**
     * The capacities of the free buffers.
     *
     * @return bytes
     */
    public long freeBytes() {
        return sum(size -> size.capacity() * size.freeBuffers());
    }

    /**
     * The direct memory that the pool has allocated and not left to the garbage collector.
     *
     * @return bytes
     */
    public long directBytes() {
        return sum(OfSize::directBytes);
    }

    private long sum(ToLongFunction<OfSize> number) {
        return sizes.stream().mapToLong(number).sum();
    }

    /**
     * The numbers of one size of buffer.
     *
     * @param capacity the capacity of each buffer in bytes
     * @param totalLeases how many leases were ever taken
     * @param activeLeases how many leases are out
     * @param leaked how many watched leases became unreachable without a release, or were abandoned
     * @param freeBuffers how many buffers are free to be lent
     * @param directBytes the direct memory behind all of them
     */
    public record OfSize(
            int capacity, long totalLeases, long activeLeases, long leaked, long freeBuffers, long directBytes) {}
}
