// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connect.Dialer;
import io.portcullis.internal.connect.Dialing;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.TestCertificates;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The internals of a client, with a virtual clock and scripted sockets; it counts the events of its listener. */
final class VirtualClient implements ConnectionObserver {
    final VirtualMachine machine;
    final ScriptedConnector connector;
    final RecordingHandler handler = new RecordingHandler();
    final List<ConnectTrace> traces = new ArrayList<>();
    final List<ConnectFailedException> failures = new ArrayList<>();
    final Endpoint endpoint;
    Runnable onAccepted = () -> {};
    private final NameResolver resolver;
    private final AdmissionLimit limit;
    Dialer dialer;

    VirtualClient(String... addresses) {
        this(AdmissionLimit.none(), host -> CompletableFuture.completedFuture(inet(addresses)));
    }

    VirtualClient(BufferPool buffers, String... addresses) {
        this(
                new VirtualMachine(buffers),
                AdmissionLimit.none(),
                host -> CompletableFuture.completedFuture(inet(addresses)));
    }

    VirtualClient(AdmissionLimit limit, NameResolver resolver) {
        this(new VirtualMachine(), limit, resolver);
    }

    private VirtualClient(VirtualMachine machine, AdmissionLimit limit, NameResolver resolver) {
        this.machine = machine;
        this.connector = machine.connector;
        this.endpoint = machine.endpoint(ConnectionSettings.DEFAULT, this);
        this.limit = limit;
        this.resolver = resolver;
        this.dialer = dialer(Dialing.Settings.DEFAULT);
    }

    private Dialer dialer(Dialing.Settings settings) {
        return new Dialer(endpoint, connector, settings.withResolver(resolver), limit);
    }

    /** From now on it connects under TLS. */
    void tls() {
        dialer = dialer(Dialing.Settings.DEFAULT.withTls(TestCertificates.clientProfile()));
    }

    static List<InetAddress> inet(String... addresses) {
        return Arrays.stream(addresses).map(VirtualClient::address).toList();
    }

    static InetAddress address(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void onAccepted(Connection connection) {
        onAccepted.run();
    }

    @Override
    public void onConnected(Connection connection, ConnectTrace trace) {
        traces.add(trace);
    }

    @Override
    public void onConnectFailed(ConnectFailedException failure) {
        failures.add(failure);
    }

    /** Connects, and resolves the name. */
    CompletableFuture<Connection> connect() {
        CompletableFuture<Connection> future = begin();
        machine.runTasks();
        while (!machine.later.isEmpty()) {
            machine.runLater();
        }
        return future;
    }

    /** Connects; the name is resolved when the machine's tasks run. */
    CompletableFuture<Connection> begin() {
        return dialer.connect("example.org", 443, handler, null);
    }

    CompletableFuture<Connection> begin(String host, int port) {
        return dialer.connect(host, port, new RecordingHandler(), null);
    }

    /** Connects for some caller. */
    CompletableFuture<Connection> connectBehind(ProxyHeader header) {
        CompletableFuture<Connection> future = dialer.connect("example.org", 443, handler, header);
        machine.runTasks();
        machine.runLater();
        return future;
    }

    ScriptedConnector.Try attempt(int number) {
        return connector.tries.get(number);
    }

    void close() {
        endpoint.close();
        dialer.close();
        settle();
    }

    /** Runs the sockets and tasks until nothing moves. */
    void settle() {
        List.copyOf(connector.tries).forEach(attempt -> attempt.transport.completeAll());
    }

    /** The failure of a connect, which was also reported to the listener once. */
    ConnectFailedException failure(CompletableFuture<Connection> future) {
        ConnectFailedException failure = failureOf(future);
        assertEquals(1, failures.stream().filter(failure::equals).count());
        return failure;
    }

    static ConnectFailedException failureOf(CompletableFuture<Connection> future) {
        assertTrue(future.isDone(), "not done");
        ExecutionException thrown = assertThrows(ExecutionException.class, future::get);
        return assertInstanceOf(ConnectFailedException.class, thrown.getCause());
    }

    /** Closes it; then no timer, lease, place, socket or connect may remain. */
    void verify() {
        close();
        connector.tries.forEach(attempt -> attempt.transport.receiveEnd());
        settle();
        assertTrue(endpoint.closed().isDone(), "a connect or a connection is left");
        assertEquals(0, connector.open(), "sockets are left open");
        assertEquals(0, dialer.underWay());
        assertEquals(0, dialer.admission().admitted());
        assertEquals(0, dialer.admission().queued());
        machine.verify("client");
    }
}
