// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionLog;
import io.portcullis.ConnectionObserver;
import io.portcullis.Peer;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.wire.SocketOptions;
import java.net.SocketOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings that servers and clients have in common. Times are kept to a tenth of a second: what happens after one
 * of them happens that much later at most, if there is a thread for it.
 *
 * @param <B> the builder itself
 */
public abstract sealed class EndpointBuilder<B extends EndpointBuilder<B>> permits Server.Builder, Client.Builder {
    private ConnectionSettings settings = ConnectionSettings.DEFAULT;
    private SocketOptions options = SocketOptions.none();
    private final List<ConnectionObserver> listeners = new ArrayList<>();

    private AdmissionLimit admission;
    private @Nullable Executor callbacks;
    private @Nullable Function<? super Peer, ConnectionLog> traced;
    private Clock clock = Clock.systemUTC();

    EndpointBuilder(AdmissionLimit admission) {
        this.admission = admission;
    }

    abstract B self();

    /** An endpoint that admits so many handshakes at a time. */
    Endpoint endpoint(Machine machine, AdmissionLimit handshakes) {
        return new Endpoint(machine, settings, listeners, handshakes, callbacks, traced, limits());
    }

    /** Of how many connections are accepted. */
    ConnectionLimits limits() {
        return ConnectionLimits.none();
    }

    AdmissionLimit admission() {
        return admission;
    }

    ConnectionSettings settings() {
        return settings;
    }

    /** Those that were chosen for connections. */
    SocketOptions options() {
        return options;
    }

    /** Says what time it is, for what expires. */
    B clock(Clock itsClock) {
        clock = itsClock;
        return self();
    }

    Clock clock() {
        return clock;
    }

    /**
     * Adds one who observes the connections. They are told in the order in which they were added; what one of them
     * throws keeps nobody else from being told.
     *
     * @param observer the observer
     * @return this
     */
    public B observer(ConnectionObserver observer) {
        listeners.add(Objects.requireNonNull(observer, "observer"));
        return self();
    }

    /**
     * Logs steps of handshakes, or what is on the wire, of connections that are chosen: by the listener's port, the
     * peer's address, or a switch that the program turns while it runs. Other connections cost nothing for it.
     *
     * @param choice says of each new connection what to log; called once, on a dispatcher thread, before a byte is
     *     read, and before a PROXY header names another peer
     * @return this
     */
    public B connectionLog(Function<? super Peer, ConnectionLog> choice) {
        traced = Objects.requireNonNull(choice, "choice");
        return self();
    }

    /**
     * Has the id of a connection, in hexadecimal, in the log context (SLF4J's MDC, key {@code connection}) whenever its
     * callbacks, its gate and its listeners run, so that what they log can be found by it. The framework's own lines
     * about a connection's failure have it anyway. Costs what the logging library takes for it, per turn: with Logback
     * a map.
     *
     * @return this
     */
    public B logContext() {
        settings = settings.withLogContext();
        return self();
    }

    /**
     * Runs the callbacks of the handlers on an executor, which may block: say one thread for each task, virtual or not.
     * Without this they run on the dispatcher's threads, which is cheaper and must not block.
     *
     * <p><b>Order.</b> Callbacks of one connection never overlap, whatever the executor does, and keep their order:
     * each is handed to the executor when the one before has returned. To the callbacks belong the completions of
     * writes, what was given to {@link Connection#execute execute}, and the futures that a connection returns. Gates,
     * listeners and the suppliers of handlers stay on the dispatcher's threads.
     *
     * <p><b>Back-pressure.</b> While a callback waits or runs, nothing more is read or decoded for its connection. Do
     * not wait in a callback for something that comes behind it: its own connection's data, or the future of its own
     * {@code startTls}.
     *
     * <p><b>What a callback writes</b> leaves at once, not when the callback returns: what should leave together is
     * written at once.
     *
     * <p><b>A busy executor</b> delays callbacks and nothing else: connections are accepted, shake hands, and are cut
     * at their deadlines; their {@code onClose} comes when it is its turn. An executor that refuses a task ends the
     * connection with {@link io.portcullis.CloseReason#HANDLER_FAILED}, and the callbacks that are left,
     * {@code onClose} at least, run on a dispatcher thread. So shut it down behind {@code closed()}; one that drops
     * what it has accepted leaves connections behind.
     *
     * @param executor runs each task once
     * @return this
     */
    public B callbackExecutor(Executor executor) {
        this.callbacks = Objects.requireNonNull(executor, "executor");
        return self();
    }

    /**
     * Limits how many connections may be opening at a time; on a server, how many handshakes compute: see
     * {@link AdmissionLimit}. By default 256, on a server 10,000 others wait up to 8 seconds, on a client 100,000 up to
     * 30 seconds.
     *
     * @param limit the limit
     * @return this
     */
    public B admission(AdmissionLimit limit) {
        this.admission = Objects.requireNonNull(limit, "limit");
        return self();
    }

    /**
     * Sets an option of the sockets of all connections, plain or under TLS: on a server of those that it accepts, when
     * they are accepted; on a client before they are connected. Set again, the last value holds. Options that matter
     * most:
     *
     * <ul>
     *   <li>{@code TCP_NODELAY}: true by default. What a callback writes leaves together anyway, so Nagle's algorithm
     *       would only hold back the last small segment, until the peer has acknowledged what is on its way. False is
     *       for a program that writes many small pieces from other threads, and does not mind the delay.
     *   <li>{@code SO_KEEPALIVE}: false by default. The system probes a peer that is silent, and ends the connection if
     *       it does not respond, which keeps the entry of a NAT alive and finds a dead peer where the idle timeout is
     *       long. When it does so is in {@code TCP_KEEPIDLE}, {@code TCP_KEEPINTERVAL} and {@code TCP_KEEPCOUNT} of
     *       {@code jdk.net.ExtendedSocketOptions}; on Linux after two hours otherwise.
     *   <li>{@code SO_SNDBUF}: how much the system holds for a peer that reads slowly. By default it adapts the size; a
     *       fixed one bounds the memory of each connection, and its throughput over a long distance. The write timeout
     *       depends on it ({@link #writeTimeout}).
     *   <li>{@code SO_RCVBUF}: how much a peer may send ahead. By default the system adapts it. A window of more than
     *       64 KiB is agreed upon when the connection is made, so on a server set it for the listener
     *       ({@link Server.Builder#listenerOption}), whose connections inherit it.
     * </ul>
     *
     * <p>The system may round sizes, or double them; what holds is in {@link Connection#option}. One that a socket does
     * not have here, or whose value is refused, is found at the start of the server, or by the client's builder.
     *
     * @param option such as those of {@link java.net.StandardSocketOptions}
     * @param value its value
     * @param <T> the type of its value
     * @return this
     */
    public <T> B option(SocketOption<T> option, T value) {
        options = options.with(option, value);
        return self();
    }

    /**
     * Sets until when a connection must be open for data: 10 seconds by default. Counted from the accept, or from the
     * moment when a client's TCP connection is there; absolute, so that no peer prolongs it by sending a byte now and
     * then.
     *
     * @param timeout more than 0
     * @return this
     */
    public B handshakeTimeout(Duration timeout) {
        settings = settings.withHandshake(nanos("handshakeTimeout", timeout));
        return self();
    }

    /**
     * Sets after how long without a byte in either direction an open connection is closed: 60 seconds by default.
     *
     * @param timeout more than 0
     * @return this
     */
    public B idleTimeout(Duration timeout) {
        settings = settings.withIdle(nanos("idleTimeout", timeout));
        return self();
    }

    /**
     * Sets how long a peer may read nothing while bytes wait for it: 30 seconds by default. A peer that takes at least
     * 128 KiB in that time is never cut, although the operating system tells of what it takes in steps of a third of
     * its send buffer only, which may be more than a megabyte. So a peer that takes nothing has as long as a third of
     * the send buffer takes at that rate, if that is longer: with the default it is cut after 30 seconds behind a
     * buffer of up to 384 KiB, and after 5 minutes and 20 seconds behind one of 4 MiB, up to which Linux lets it grow
     * for a peer that has read fast ({@code tcp_wmem}). A shorter timeout shortens all of this in proportion.
     *
     * @param timeout more than 0
     * @return this
     */
    public B writeTimeout(Duration timeout) {
        settings = settings.withWrite(nanos("writeTimeout", timeout));
        return self();
    }

    /**
     * Sets how long a closed connection waits: for a peer that reads nothing of the rest, and then for a peer that
     * neither sends anything nor ends its stream. What a peer still sends is dropped meanwhile, so that it does not
     * destroy what it has yet to read (RFC 9112, 9.6); a peer that goes on sending is cut after ten times this. 3
     * seconds by default.
     *
     * @param timeout more than 0
     * @return this
     */
    public B closeTimeout(Duration timeout) {
        settings = settings.withClose(nanos("closeTimeout", timeout));
        return self();
    }

    /**
     * Sets the watermarks of what waits to be sent: above the high one a connection is not read, at the low one it is
     * read again and its handler is told. 64 and 256 KiB by default.
     *
     * @param low bytes, at least 0
     * @param high bytes, at least as many as low
     * @return this
     */
    public B watermarks(int low, int high) {
        if (low < 0 || high < low) {
            throw new IllegalArgumentException("watermarks need 0 <= low <= high, not " + low + " and " + high);
        }
        settings = settings.withWatermarks(low, high);
        return self();
    }

    /**
     * Sets how many bytes a handler may leave unread, waiting for more: 512 KiB by default. The largest frame of a
     * protocol must fit.
     *
     * @param bytes from 1 to 768 KiB
     * @return this
     */
    public B unreadLimit(int bytes) {
        if (bytes < 1 || bytes > 768 * 1024) {
            throw new IllegalArgumentException("unreadLimit must be from 1 to " + 768 * 1024 + ", not " + bytes);
        }
        settings = settings.withUnread(bytes);
        return self();
    }

    static long nanos(String what, Duration timeout) {
        return Durations.timeout(what, timeout);
    }
}
