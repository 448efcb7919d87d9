// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A snapshot of the numbers of a {@link BufferPool}.
 *
 * @param sizes one entry for each size of buffer, smallest first; unmodifiable
 * @param budget the maximum amount of direct memory that the pool allocates, in bytes
 */
public record PoolStatistics(List<OfSize> sizes, long budget) {
    /**
     * Copies the list.
     *
     * @param sizes one entry for each size of buffer
     * @param budget the maximum amount of direct memory that the pool allocates, in bytes
     */
    public PoolStatistics {
        sizes = List.copyOf(sizes);
    }

    /**
     * Returns how many leases were ever taken.
     *
     * @return a count that only grows
     */
    public long totalLeases() {
        return sum(OfSize::totalLeases);
    }

    /**
     * Returns how many leases are active: taken, and neither released nor known to have leaked.
     *
     * @return a count
     */
    public long activeLeases() {
        return sum(OfSize::activeLeases);
    }

    /**
     * Returns the total capacity of the leased buffers.
     *
     * @return bytes
     */
    public long activeBytes() {
        return sum(size -> size.capacity() * size.activeLeases());
    }

    /**
     * Returns how many tracked leases became unreachable without being released, plus how many were
     * {@linkplain Lease#abandon abandoned}.
     *
     * @return a count that only grows
     */
    public long leaked() {
        return sum(OfSize::leaked);
    }

    /**
     * Returns how many buffers in the pool are free.
     *
     * @return a count
     */
    public long freeBuffers() {
        return sum(OfSize::freeBuffers);
    }

    /**
     * Returns the total capacity of the free buffers.
     *
     * @return bytes
     */
    public long freeBytes() {
        return sum(size -> size.capacity() * size.freeBuffers());
    }

    /**
     * Returns how much direct memory the pool has allocated and not left to the garbage collector.
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
     * The numbers for one size of buffer.
     *
     * @param capacity the capacity of each buffer in bytes
     * @param totalLeases how many leases were ever taken
     * @param activeLeases how many leases are active
     * @param leaked how many tracked leases became unreachable without being released, or were abandoned
     * @param freeBuffers how many buffers are free
     * @param directBytes the direct memory of all of them
     */
    public record OfSize(
            int capacity, long totalLeases, long activeLeases, long leaked, long freeBuffers, long directBytes) {}
}
