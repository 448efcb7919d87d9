// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.loop.Work;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.wire.Transport;
import io.portcullis.internal.wire.Wire;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.Filter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A single connect call: waits for admission, resolves the name, races the addresses, and opens the connection.
 *
 * <p>Its events, from timers, sockets, the resolver and the caller, run on its own strand. The outcome is decided once,
 * by the first of these: the connection opens or ends, a deadline expires, the caller cancels, the client is closed.
 * The code that decides it releases all resources; all others find the connect settled.
 */
final class Connect implements Strand.Turn, AddressRace.Owner, ClientHandler.Connecting {
    /** The delay before a step that failed for lack of memory is retried. */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private final Dialing common;
    private final Consumer<Connect> leave;
    private final Machine machine;
    private final String host;
    private final int port;
    private final ConnectionHandler handler;
    private final @Nullable ProxyHeader header;
    private final CompletableFuture<Connection> future = new CompletableFuture<>();
    private final Inbox inbox = new Inbox();
    private final Strand strand;
    private final ConnectRecord record;
    private final AtomicBoolean settled = new AtomicBoolean();

    private Admission.@Nullable Place place;
    private @Nullable AddressRace race;
    private @Nullable Future<?> deadline;
    private @Nullable Transport sending;
    private @Nullable SocketConnection connection;
    private boolean resolving;

    /**
     * The failure to be reported to the caller while there is no memory to do so; also written on the strand of the
     * connection.
     */
    private volatile @Nullable Throwable unreported;

    /** Whether to leave the endpoint when the failure has been reported to the caller. */
    private boolean leaving;

    private final TimingWheel.Timer again = new TimingWheel.Timer() {
        @Override
        public void expired() {
            strand.signal(Signal.MESSAGE);
        }
    };

    /**
     * Creates a connect that has not begun.
     *
     * @param common the state shared with other connects
     * @param leave called when the connect is over, or has a connection, which the endpoint then closes
     */
    Connect(
            Dialing common,
            Consumer<Connect> leave,
            String host,
            int port,
            ConnectionHandler handler,
            @Nullable ProxyHeader header) {
        this.common = common;
        this.leave = leave;
        this.machine = common.machine();
        this.host = host;
        this.port = port;
        this.handler = handler;
        this.header = header;
        this.strand = new Strand(this, machine);
        this.record = new ConnectRecord(machine, host, port);
    }

    CompletableFuture<Connection> future() {
        return future;
    }

    /** Fails the connect because the client is closed. */
    void refuse() {
        settled.set(true);
        future.completeExceptionally(
                failure(CloseReason.SHUTDOWN, "the client is closed; build another one, or close it later", null));
    }

    void begin() {
        var unused = future.whenComplete((result, failure) -> {
            if (!settled.get()) {
                later(() -> fail(CloseReason.LOCAL_ABORT, "the caller has cancelled the connect", failure));
            }
        });
        later(this::askForAdmission);
    }

    /** Called when the client is being closed. A connection that already exists is closed by its endpoint. */
    void shutDown() {
        later(() -> {
            if (connection == null) {
                fail(CloseReason.SHUTDOWN, "the client was closed meanwhile", null);
            }
        });
    }

    // The strand.

    @Override
    public void later(Runnable event) {
        report(new Event(event));
    }

    @Override
    public void report(Inbox.Message event) {
        inbox.add(event);
        strand.signal(Signal.MESSAGE);
    }

    private static final class Event extends Inbox.Message {
        private final Runnable event;

        Event(Runnable event) {
            this.event = event;
        }

        @Override
        public void run() {
            event.run();
        }
    }

    @Override
    public void turn(int signals) {
        for (Inbox.Message next = inbox.takeAll(); next != null; next = next.next()) {
            try {
                next.run();
            } catch (Throwable defect) {
                failed(defect);
            }
        }
        try {
            seeAdmission();
        } catch (Throwable defect) {
            failed(defect);
        }
        deliverUnreported();
    }

    private void failed(Throwable defect) {
        if (!settled.get()) {
            unreported = defect;
        }
    }

    // The phases.

    private void askForAdmission() {
        place = common.admission().ask(() -> strand.signal(Signal.MESSAGE));
    }

    /**
     * Called in each turn, because the thread that grants admission has no memory to report more than that something
     * has changed.
     */
    private void seeAdmission() {
        Admission.Place asked = place;
        if (settled.get() || resolving || asked == null || asked.waiting()) {
            return;
        }
        CloseReason refusal = asked.refusal();
        if (refusal != null) {
            fail(
                    refusal,
                    refusal == CloseReason.ADMISSION_REFUSED
                            ? "too many connects are waiting for admission; retry later, or raise admission(...)"
                            : "timed out waiting for admission; retry later, or raise admission(...)",
                    null);
            return;
        }
        record.admitted();
        resolving = true;
        resolve();
    }

    private void resolve() {
        if (port < 1 || port > 65_535) {
            var wrong = new IllegalArgumentException("the port must be from 1 to 65535, not " + port);
            fail(CloseReason.IO_FAILED, String.valueOf(wrong.getMessage()), wrong);
            return;
        }
        deadline = machine.schedule(
                () -> later(this::connectTimedOut), common.settings().timeout());
        try {
            InetAddress literal = AddressOrder.literal(host);
            if (literal != null) {
                resolved(List.of(literal), null);
            } else {
                machine.run(Work.LOOK_UP, this::lookUp);
            }
        } catch (UnknownHostException notAnAddress) {
            resolved(null, notAnAddress);
        } catch (RejectedExecutionException tooMany) {
            fail(CloseReason.ADMISSION_REFUSED, "the name cannot be looked up: " + tooMany.getMessage(), tooMany);
        }
    }

    /** Called on a task thread. The result may no longer be wanted when this task gets its turn. */
    private void lookUp() {
        if (settled.get()) {
            return;
        }
        try {
            var unused = common.settings()
                    .resolver()
                    .resolve(host)
                    .whenComplete((addresses, failure) -> later(() -> resolved(addresses, failure)));
        } catch (Throwable failure) {
            later(() -> resolved(null, failure));
        }
    }

    private void resolved(@Nullable Collection<InetAddress> addresses, @Nullable Throwable failure) {
        if (settled.get() || race != null) {
            return;
        }
        if (addresses == null || addresses.isEmpty()) {
            Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
            String why = cause == null ? "" : " (" + ForeignText.of(cause) + ")";
            fail(CloseReason.IO_FAILED, "the host was not found" + why + "; check the name", cause);
            return;
        }
        List<InetSocketAddress> order = AddressOrder.interleaved(addresses).stream()
                .map(address -> new InetSocketAddress(address, port))
                .toList();
        race = new AddressRace(machine, common.connector(), common.settings().attemptDelay(), order, this);
        record.resolved(race);
        race.next();
    }

    @Override
    public void connected(Wire wire) {
        sending = wire.transport();
        record.connected();
        ByteBuffer first = common.settings().firstBytes(wire, header);
        if (first == null) {
            open(wire);
        } else {
            new PrefaceWrite(wire.transport(), first, new Sent(wire)).send();
        }
    }

    /** Reports the outcome of sending the preface; created before it is sent. */
    private final class Sent extends Inbox.Message implements Consumer<@Nullable Throwable> {
        private final Wire wire;
        private @Nullable Throwable failure;

        Sent(Wire wire) {
            this.wire = wire;
        }

        @Override
        public void accept(@Nullable Throwable why) {
            failure = why;
            report(this);
        }

        @Override
        public void run() {
            sent(wire, failure);
        }
    }

    private void sent(Wire wire, @Nullable Throwable failure) {
        if (failure == null) {
            open(wire);
        } else {
            fail(CloseReason.IO_FAILED, "the PROXY header could not be sent", failure);
        }
    }

    private void open(Wire wire) {
        if (settled.get()) {
            return;
        }
        Filter filter;
        try {
            filter = common.filter(host, port);
        } catch (Throwable refused) {
            fail(CloseReason.HANDSHAKE_FAILED, String.valueOf(refused.getMessage()), refused);
            return;
        }
        cancelDeadline();
        deadline = machine.schedule(
                () -> later(this::handshakeTimedOut),
                common.endpoint().settings().handshake());
        connection = common.endpoint()
                .begin(
                        wire.to(host),
                        filter,
                        new ClientHandler(this, handler, common.settings().relayed()));
        sending = null;
        leave.accept(this);
    }

    @Override
    public void unreachable() {
        var causes = record.trace(null).attempts().get(0).failure();
        fail(CloseReason.IO_FAILED, "no address could be reached; is the server running?", causes.orElse(null));
    }

    private void connectTimedOut() {
        if (connection == null) {
            String what = race == null ? "the name was not resolved" : "no address has responded";
            fail(
                    CloseReason.CONNECT_TIMEOUT,
                    what + " within " + milliseconds(common.settings().timeout()),
                    null);
        }
    }

    /**
     * Called at the deadline of the handshake. The connection ends itself at this time, but reports that only after a
     * task of its handshake has returned.
     */
    private void handshakeTimedOut() {
        fail(
                CloseReason.HANDSHAKE_TIMEOUT,
                "the connection did not open within "
                        + milliseconds(common.endpoint().settings().handshake()),
                null);
    }

    private static String milliseconds(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos) + " ms";
    }

    // How it ends. On the strand of the connection:

    @Override
    public boolean opens(Connection opened) {
        if (!settled.compareAndSet(false, true)) {
            return false;
        }
        giveBack();
        record.opened();
        common.endpoint()
                .audience()
                .connected(opened, record.trace(opened.session().orElse(null)));
        return true;
    }

    @Override
    public void opened(Connection opened) {
        if (!future.complete(opened)) {
            opened.abort();
        }
    }

    @Override
    public void closed(Connection ended, CloseReason reason, @Nullable Throwable cause) {
        if (settled.get() && future.isDone()) {
            return;
        }
        try {
            reportEnd(ended, reason, cause);
        } catch (Throwable noMemory) {
            unreported = noMemory;
            strand.signal(Signal.MESSAGE);
        }
    }

    private void reportEnd(Connection ended, CloseReason reason, @Nullable Throwable cause) {
        String why = "the connection to " + ended.remoteAddress().getAddress().getHostAddress() + " did not open: "
                + reason + (cause == null ? "" : ", " + cause.getMessage());
        ConnectFailedException failure = failure(reason, why, cause);
        if (settled.compareAndSet(false, true)) {
            giveBack();
            common.endpoint().audience().connectFailed(failure);
        }
        future.completeExceptionally(failure);
    }

    // On its own strand:

    /**
     * Fails the connect. The exception is created first: a step that fails for lack of memory has changed nothing, and
     * is retried.
     */
    private void fail(CloseReason reason, String why, @Nullable Throwable cause) {
        if (settled.get()) {
            return;
        }
        ConnectFailedException failure = failure(reason, why, cause);
        if (!settled.compareAndSet(false, true)) {
            return;
        }
        unreported = failure;
        leaving = connection == null;
        try {
            if (race != null) {
                race.stop();
            }
            if (sending != null) {
                sending.close();
            }
            giveBack();
            common.endpoint().audience().connectFailed(failure);
        } finally {
            if (connection != null && reason != CloseReason.HANDSHAKE_TIMEOUT) {
                connection.abort();
            }
        }
    }

    /**
     * Called at the end of a turn: reports a failure to the caller. If there is no memory even for that, it is retried.
     */
    private void deliverUnreported() {
        Throwable defect = unreported;
        if (defect == null) {
            return;
        }
        try {
            if (!settled.get()) {
                fail(CloseReason.IO_FAILED, defect.toString(), defect);
            }
            Throwable failure = unreported;
            completeWith(failure == null ? defect : failure);
        } catch (Throwable noMemory) {
            if (!future.isDone()) {
                machine.setTimer(again, machine.now() + RETRY);
                return;
            }
        }
        unreported = null;
        if (leaving) {
            leaving = false;
            common.endpoint().leave();
        }
    }

    private void completeWith(Throwable failure) {
        future.completeExceptionally(
                failure instanceof ConnectFailedException known
                        ? known
                        : failure(CloseReason.IO_FAILED, failure.toString(), failure));
    }

    private void giveBack() {
        cancelDeadline();
        if (place != null) {
            place.leave();
        }
        leave.accept(this);
    }

    private ConnectFailedException failure(CloseReason reason, String why, @Nullable Throwable cause) {
        ConnectTrace trace = record.trace(null);
        return new ConnectFailedException(reason, why, trace, cause);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }
}
