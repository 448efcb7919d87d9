// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Records where loans were taken, and finds those whose lease became unreachable.
 *
 * <p>While a lease is active the pool has no reference to it, so it is reachable through its holders alone. Each
 * tracked loan has a phantom reference, which is cleared on release; a reference that the garbage collector enqueues is
 * a leak. The queue is polled by the next tracked loan and when statistics are taken, so no thread is needed.
 */
final class LoanTracker {
    private final boolean strict;
    private final @Nullable LeakDetector watch;
    private final ReferenceQueue<Lease> unreachable = new ReferenceQueue<>();
    private final Set<Tracked> loans = ConcurrentHashMap.newKeySet();

    LoanTracker(boolean strict, @Nullable LeakDetector watch) {
        this.strict = strict;
        this.watch = watch;
    }

    void lent(Lease lease, PooledBuffer buffer) {
        if (strict || (watch != null && watch.samples())) {
            Tracked loan = new Tracked(lease, buffer.home, unreachable);
            loans.add(loan);
            buffer.tracked(loan);
            reportLeaks();
        }
    }

    /**
     * Called when a loan has ended. The caller keeps the lease reachable until this method returns, so that it does not
     * count as leaked.
     */
    void returned(PooledBuffer buffer) {
        Reference<?> loan = buffer.tracked();
        if (loan != null) {
            loan.clear();
            loans.remove(loan);
            buffer.tracked(null);
        }
    }

    void reportLeaks() {
        for (Reference<?> next = unreachable.poll(); next != null; next = unreachable.poll()) {
            Tracked leaked = (Tracked) next;
            if (!strict) {
                loans.remove(leaked);
            }
            leaked.home.countLeak();
            if (watch != null) {
                watch.report(leaked.loan);
            }
        }
    }

    List<OutstandingLease> outstanding() {
        return loans.stream().map(each -> each.loan).toList();
    }

    /** A tracked loan. */
    static final class Tracked extends PhantomReference<Lease> {
        private final SizeClass home;
        private final OutstandingLease loan;

        private Tracked(Lease lease, SizeClass home, ReferenceQueue<Lease> unreachable) {
            super(lease, unreachable);
            this.home = home;
            loan = new OutstandingLease(
                    home.size, new Throwable("The lease was acquired here, by " + Thread.currentThread()));
        }
    }
}
