// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.Work;
import io.portcullis.tls.Renewal;
import io.portcullis.tls.TlsProfile;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Periodically checks the files of profiles on the dispatcher's threads for tasks, and reloads profiles whose files
 * have changed ({@link TlsProfile#reload()}). New contents are loaded, or reported as invalid, only when two
 * consecutive checks have found the same contents, because the files may still be being written during the first check.
 * An explicit check ({@link #checkNow()}) does not wait for a second one: its caller asserts that the files are
 * complete. A successful reload is logged at info level. A failure is logged once, as a warning, until a different
 * failure occurs or the files are valid again.
 *
 * <p>Ends with {@link #close()}, or with its dispatcher. Thread-safe; checks never overlap.
 */
public final class CertificateWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);

    private final GroupMachine machine;
    private final Supplier<? extends Collection<TlsProfile>> profiles;
    private final Consumer<? super CertificateReload> observer;
    private final Queue<Look> asked = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();

    /** The last failure that was logged for each profile; accessed only during a check. */
    private final Map<TlsProfile, String> complaints = new WeakHashMap<>();

    /** The fingerprint of each profile's files at the last check; accessed only during a check. */
    private final Map<TlsProfile, String> found = new WeakHashMap<>();

    private final Map<ReloadOutcome, LongAdder> outcomes = Map.of(
            ReloadOutcome.CERTIFICATES, new LongAdder(),
            ReloadOutcome.TRUST, new LongAdder(),
            ReloadOutcome.FAILED, new LongAdder());

    private volatile boolean closed;
    private volatile @Nullable Future<?> plan;

    /**
     * One check of all profiles.
     *
     * @param settledOnly whether to skip profiles whose files have changed since the previous check
     */
    private record Look(boolean settledOnly, CompletableFuture<List<CertificateReload>> outcome) {}

    CertificateWatch(
            GroupMachine machine,
            Supplier<? extends Collection<TlsProfile>> profiles,
            Consumer<? super CertificateReload> observer) {
        this.machine = machine;
        this.profiles = profiles;
        this.observer = observer;
    }

    /**
     * Watches the files of profiles: of clients, or of servers that do not do it themselves
     * ({@link Server.Builder#reloadCertificates}).
     *
     * @param dispatcher the dispatcher whose threads for tasks perform the checks
     * @param every the interval between two checks; more than 0
     * @param profiles the profiles whose files to watch
     * @param observer receives every change and every failure, on a thread for tasks
     * @return the watch
     */
    public static CertificateWatch start(
            Dispatcher dispatcher,
            Duration every,
            Collection<TlsProfile> profiles,
            Consumer<? super CertificateReload> observer) {
        List<TlsProfile> copy = List.copyOf(profiles);
        CertificateWatch watch = new CertificateWatch(dispatcher.machine(), () -> copy, observer);
        watch.every(every);
        return watch;
    }

    /** Starts to check periodically. */
    void every(Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("certificates cannot be watched every " + time
                    + ": the interval must be more than 0, for example 10 s");
        }
        plan = machine.repeat(this::lookUnlessOneRuns, Durations.nanos(time));
        if (closed) {
            close();
        }
    }

    private void lookUnlessOneRuns() {
        if (waiting.get() == 0) {
            var unused = lookForSettled();
        }
    }

    /**
     * Checks the files now, or after a check that is already running.
     *
     * @return completes with the outcome for each profile, on a thread for tasks; or exceptionally if the dispatcher
     *     has ended or too many tasks are waiting
     */
    public CompletableFuture<List<CertificateReload>> checkNow() {
        return look(false);
    }

    /** The periodic check: skips files that may still be being written. */
    CompletableFuture<List<CertificateReload>> lookForSettled() {
        return look(true);
    }

    private CompletableFuture<List<CertificateReload>> look(boolean settledOnly) {
        CompletableFuture<List<CertificateReload>> outcome = new CompletableFuture<>();
        asked.add(new Look(settledOnly, outcome));
        if (waiting.getAndIncrement() == 0) {
            try {
                machine.run(Work.TASK, this::lookForAll);
            } catch (RejectedExecutionException refused) {
                failAll(new IllegalStateException(String.valueOf(refused.getMessage()), refused));
            } catch (Throwable noMemory) {
                failAll(noMemory);
            }
        }
        return outcome;
    }

    private void failAll(Throwable why) {
        do {
            Look next = asked.poll();
            if (next != null) {
                fail(next, why);
            }
        } while (waiting.decrementAndGet() > 0);
    }

    private static void fail(Look asked, Throwable why) {
        try {
            asked.outcome.completeExceptionally(why);
        } catch (Throwable noMemory) {
            // The looks that follow are more important than to say so
        }
    }

    /** Stops looking. */
    @Override
    public void close() {
        closed = true;
        Future<?> planned = plan;
        if (planned != null) {
            planned.cancel(false);
        }
    }

    private void lookForAll() {
        do {
            Look next = asked.poll();
            if (next != null) {
                look(next);
            }
        } while (waiting.decrementAndGet() > 0);
    }

    private void look(Look asked) {
        try {
            asked.outcome.complete(profiles.get().stream()
                    .distinct()
                    .map(profile -> look(profile, asked.settledOnly))
                    .toList());
        } catch (Throwable failure) {
            fail(asked, failure);
            Guard.quietly(() -> LOG.warn("certificates could not be checked", ForeignFailure.of(failure)));
        }
    }

    private CertificateReload look(TlsProfile profile, boolean settledOnly) {
        CertificateReload outcome;
        boolean news = true;
        try {
            String now = profile.fingerprint();
            boolean settled = now.equals(found.put(profile, now));
            if (settledOnly && !settled) {
                return new CertificateReload(profile, Renewal.UNCHANGED, Optional.empty());
            }
            Renewal renewal = profile.reload();
            outcome = new CertificateReload(profile, renewal, Optional.empty());
            news = renewal != Renewal.UNCHANGED;
            count(renewal);
            complaints.remove(profile);
        } catch (Throwable failure) {
            // A profile that fails, with whatever its provider throws, must not prevent the following ones from being
            // reloaded.
            IllegalArgumentException refused = failure instanceof IllegalArgumentException known
                    ? known
                    : new IllegalArgumentException("the files could not be checked", ForeignFailure.of(failure));
            outcome = new CertificateReload(profile, Renewal.UNCHANGED, Optional.of(refused));
            add(ReloadOutcome.FAILED);
            news = !String.valueOf(refused.getMessage())
                    .equals(complaints.put(profile, String.valueOf(refused.getMessage())));
        }
        if (news) {
            report(outcome);
        }
        return outcome;
    }

    private void count(Renewal renewal) {
        switch (renewal) {
            case CERTIFICATES -> add(ReloadOutcome.CERTIFICATES);
            case TRUST -> add(ReloadOutcome.TRUST);
            case UNCHANGED -> {}
        }
    }

    private void add(ReloadOutcome outcome) {
        LongAdder count = outcomes.get(outcome);
        if (count != null) {
            count.increment();
        }
    }

    /** Returns how many checks had this outcome. */
    long count(ReloadOutcome outcome) {
        LongAdder count = outcomes.get(outcome);
        return count == null ? 0 : count.sum();
    }

    private void report(CertificateReload outcome) {
        Guard.quietly(() -> log(outcome));
        try {
            observer.accept(outcome);
        } catch (Throwable failure) {
            Guard.quietly(
                    () -> LOG.warn("an observer of certificates failed; it is ignored", ForeignFailure.of(failure)));
        }
    }

    private static void log(CertificateReload outcome) {
        if (outcome.failure().isPresent()) {
            LOG.warn(
                    "certificates cannot be reloaded, the previous ones stay in use: {}",
                    ForeignText.line(String.valueOf(outcome.failure().get().getMessage())));
        } else if (outcome.renewal() == Renewal.TRUST) {
            LOG.info("trust reloaded, earlier sessions are not resumed: {}", outcome.profile());
        } else {
            LOG.info("certificates reloaded: {}", outcome.profile());
        }
    }
}
