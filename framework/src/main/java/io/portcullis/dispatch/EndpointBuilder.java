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
 * The settings common to servers and clients. Timeouts have a precision of a tenth of a second: provided that a thread
 * is available, they expire at most that much late.
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

    /** Creates an endpoint with the given limit of handshakes. */
    Endpoint endpoint(Machine machine, AdmissionLimit handshakes) {
        return new Endpoint(machine, settings, listeners, handshakes, callbacks, traced, limits());
    }

    /** Returns the limits of accepted connections. */
    ConnectionLimits limits() {
        return ConnectionLimits.none();
    }

    AdmissionLimit admission() {
        return admission;
    }

    ConnectionSettings settings() {
        return settings;
    }

    /** Returns the socket options that were set for connections. */
    SocketOptions options() {
        return options;
    }

    /** Sets the clock for the expiry of certificates. */
    B clock(Clock itsClock) {
        clock = itsClock;
        return self();
    }

    Clock clock() {
        return clock;
    }

    /**
     * Adds an observer of connections. Observers are notified in the order in which they were added; an exception
     * thrown by one does not affect the others.
     *
     * @param observer the observer
     * @return this
     */
    public B observer(ConnectionObserver observer) {
        listeners.add(Objects.requireNonNull(observer, "observer"));
        return self();
    }

    /**
     * Logs the steps of handshakes, or the bytes on the wire, for selected connections. The selection can depend on the
     * listener's port, the peer's address, or a switch that the program changes at run time. Other connections are not
     * slowed down.
     *
     * @param choice returns what to log for a new connection; called once per connection, on a dispatcher thread,
     *     before the first byte is read and before a PROXY header replaces the peer's address
     * @return this
     */
    public B connectionLog(Function<? super Peer, ConnectionLog> choice) {
        traced = Objects.requireNonNull(choice, "choice");
        return self();
    }

    /**
     * Puts the id of a connection, in hexadecimal, into the log context (SLF4J's MDC, key {@code connection}) while its
     * callbacks, its gate and its observers run, so that their log lines can be attributed to it. The framework's own
     * lines about the failure of a connection contain the id in any case. The cost per turn depends on the logging
     * library; Logback allocates a map.
     *
     * @return this
     */
    public B logContext() {
        settings = settings.withLogContext();
        return self();
    }

    /**
     * Runs the callbacks of the handlers on an executor, where they may block, for example an executor with one
     * platform or virtual thread per task. By default, callbacks run on the dispatcher's threads, which is cheaper, but
     * must not be blocked.
     *
     * <p><b>Order.</b> Callbacks of one connection never overlap, whatever the executor does, and keep their order:
     * each is submitted to the executor after the previous one has returned. Callbacks include the completions of
     * writes, tasks passed to {@link Connection#execute execute}, and the completion of futures returned by a
     * connection. Gates, observers and the suppliers of handlers stay on the dispatcher's threads.
     *
     * <p><b>Back-pressure.</b> While a callback is queued or running, nothing more is read or decoded for its
     * connection. A callback must not wait for an event that is delivered after it, such as data of its own connection
     * or the future of its own {@code startTls}.
     *
     * <p><b>Writes</b> of a callback are sent immediately, not when the callback returns. Pass bytes that should be
     * sent together to a single call.
     *
     * <p><b>A busy executor</b> delays only callbacks: connections are still accepted, complete their handshakes, and
     * are closed at their deadlines; {@code onClose} is called after the callbacks before it. If the executor rejects a
     * task, the connection ends with {@link io.portcullis.CloseReason#HANDLER_FAILED}, and the remaining callbacks, at
     * least {@code onClose}, run on a dispatcher thread. So shut the executor down after {@code closed()} has
     * completed; an executor that drops accepted tasks leaks connections.
     *
     * @param executor runs each task once
     * @return this
     */
    public B callbackExecutor(Executor executor) {
        this.callbacks = Objects.requireNonNull(executor, "executor");
        return self();
    }

    /**
     * Limits how many connections may be opening at a time or, on a server, how many handshakes compute at a time: see
     * {@link AdmissionLimit}. The default is 256; up to 10,000 others wait for up to 8 seconds on a server, and up to
     * 100,000 for up to 30 seconds on a client.
     *
     * @param limit the limit
     * @return this
     */
    public B admission(AdmissionLimit limit) {
        this.admission = Objects.requireNonNull(limit, "limit");
        return self();
    }

    /**
     * Sets a socket option of all connections, plain or TLS: on a server when they are accepted, on a client before
     * they are connected. If an option is set more than once, the last value applies. The most important options:
     *
     * <ul>
     *   <li>{@code TCP_NODELAY}: true by default. The writes of a callback are sent together anyway, so Nagle's
     *       algorithm would only delay the last small segment until the peer has acknowledged the data in flight. False
     *       suits a program that writes many small pieces from other threads and tolerates the delay.
     *   <li>{@code SO_KEEPALIVE}: false by default. If true, the system probes a silent peer, and ends the connection
     *       if it does not respond. This keeps NAT entries alive and detects dead peers where the idle timeout is long.
     *       The timing is set by {@code TCP_KEEPIDLE}, {@code TCP_KEEPINTERVAL} and {@code TCP_KEEPCOUNT} of
     *       {@code jdk.net.ExtendedSocketOptions}; the default of Linux is two hours.
     *   <li>{@code SO_SNDBUF}: how many bytes the system buffers for a peer that reads slowly. By default the system
     *       adapts the size; a fixed size bounds the memory of each connection, but also its throughput over long
     *       distances. The write timeout depends on it ({@link #writeTimeout}).
     *   <li>{@code SO_RCVBUF}: how many bytes a peer may send ahead. By default the system adapts the size. A window of
     *       more than 64 KiB is negotiated when the connection is established, so on a server set it for the listener
     *       ({@link Server.Builder#listenerOption}), whose connections inherit it.
     * </ul>
     *
     * <p>The system may round or double sizes; {@link Connection#option} returns the effective value. An option that is
     * not supported on this system, or whose value is rejected, makes {@link Server.Builder#start} or
     * {@link Client.Builder#build} fail.
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
     * Sets the time within which a connection must be open for data: 10 seconds by default. The time is counted from
     * the accept or, on a client, from the establishment of the TCP connection. It is absolute: a peer cannot extend it
     * by sending a byte now and then.
     *
     * @param timeout more than 0
     * @return this
     */
    public B handshakeTimeout(Duration timeout) {
        settings = settings.withHandshake(nanos("handshakeTimeout", timeout));
        return self();
    }

    /**
     * Sets the idle timeout: an open connection is closed after this time without a byte in either direction; 60
     * seconds by default. While bytes wait for the peer, {@link #writeTimeout} applies instead.
     *
     * @param timeout more than 0
     * @return this
     */
    public B idleTimeout(Duration timeout) {
        settings = settings.withIdle(nanos("idleTimeout", timeout));
        return self();
    }

    /**
     * Sets how long a peer may read nothing while bytes wait for it: 30 seconds by default. A peer that reads at least
     * 128 KiB in that time is never disconnected, although the operating system reports progress only in steps of a
     * third of its send buffer, which may be more than a megabyte. A peer that reads nothing is therefore given the
     * time that a third of the send buffer takes at that rate, if that is longer. With the default it is disconnected
     * after 30 seconds if the send buffer has up to 384 KiB, and after 5 minutes and 20 seconds if it has 4 MiB, the
     * size up to which Linux lets it grow for a peer that has read fast ({@code tcp_wmem}). A shorter timeout shortens
     * all of this in proportion.
     *
     * @param timeout more than 0
     * @return this
     */
    public B writeTimeout(Duration timeout) {
        settings = settings.withWrite(nanos("writeTimeout", timeout));
        return self();
    }

    /**
     * Sets how long a connection that is being closed waits for a peer that does not read the remaining output, and
     * then for a peer that neither sends anything nor ends its stream: 3 seconds by default. Bytes that the peer still
     * sends are discarded rather than causing a reset, which could destroy output that it has yet to read (RFC 9112,
     * 9.6). A peer that continues to send is disconnected after ten times this duration.
     *
     * @param timeout more than 0
     * @return this
     */
    public B closeTimeout(Duration timeout) {
        settings = settings.withClose(nanos("closeTimeout", timeout));
        return self();
    }

    /**
     * Sets the watermarks of the bytes that wait to be sent: above the high one a connection is not read, and at the
     * low one it is read again and {@link io.portcullis.ConnectionHandler#onWritable onWritable} is called. 64 and 256
     * KiB by default.
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
     * Sets how many bytes a handler may leave unread while it waits for more: 512 KiB by default. It must be at least
     * the size of the protocol's largest frame.
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
