// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.gate.RelaySide;
import io.portcullis.internal.parts.Life;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the real machine that is passed on to a target, with scripted transports for its client and for the
 * target.
 */
public final class ExploredRelay implements ConnectionObserver {
    /** When the decision to pass the connection on is made. */
    public enum Start {
        /** Before any bytes have arrived. */
        AT_ONCE,
        /** Asynchronously. */
        LATER,
        /** By the first bytes. */
        BY_FIRST_BYTES
    }

    /**
     * The number of bytes sent by one peer, and not read by the other, that the relay keeps in each direction, apart
     * from one read.
     */
    public static final int HIGH = RelaySide.HIGH;

    private static final Decision TARGET = Decision.relay(new InetSocketAddress("192.0.2.80", 80));

    /** Its surroundings. */
    public final ExploredEndpoint around;

    /** The network to the client. */
    public final ExploredSocket client;

    /** The network to the target. */
    public final ExploredSocket target;

    private final Start start;
    private final ScriptedTransport near;
    private final ScriptedTransport far;
    private final CompletableFuture<Decision> decision = new CompletableFuture<>();

    /** The client's connection, then the target's. */
    private final List<SocketConnection> connections = new ArrayList<>();

    private final @Nullable CloseReason[] reasons = new CloseReason[2];
    private boolean answered;
    private boolean connected;

    /**
     * For a relay that has not begun.
     *
     * @param onExecutor whether its owner's callbacks run on an executor
     * @param buffers with strict leases, and all of them free
     */
    public ExploredRelay(Start start, boolean onExecutor, BufferPool buffers) {
        this.start = start;
        around = new ExploredEndpoint(buffers, onExecutor, ConnectionSettings.DEFAULT, this);
        near = around.transport();
        far = around.transport();
        around.machine.connector.transports = () -> far;
        client = new ExploredSocket(near);
        target = new ExploredSocket(far);
    }

    /** Starts it. */
    public void begin(ConnectionHandler owner) {
        around.machine.start(around.endpoint, near, gate(), owner);
    }

    private Gate gate() {
        return switch (start) {
            case AT_ONCE -> peer -> TARGET;
            case LATER -> peer -> Decision.later(decision);
            case BY_FIRST_BYTES ->
                peer -> Decision.byOpening().onPlaintext(TARGET).onTls(TARGET);
        };
    }

    @Override
    public void onAccepted(Connection accepted) {
        connections.add((SocketConnection) accepted);
    }

    @Override
    public void onOpened(Connection opened) {
        connected |= opened.equals(connections.get(0));
    }

    @Override
    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        reasons[connections.indexOf(connection)] = reason;
    }

    /** Completes the decision. */
    public void decide() {
        decision.complete(TARGET);
    }

    /** Connects the target, if a connect is pending. */
    public void connects() {
        if (asked()) {
            answered = true;
            attempt().connect();
        }
    }

    /** Fails the connect, if one is pending. Returns whether one was. */
    public boolean refuses() {
        boolean asked = asked();
        if (asked) {
            answered = true;
            attempt().refuse();
        }
        return asked;
    }

    private boolean asked() {
        return !around.machine.connector.tries.isEmpty() && !answered;
    }

    private ScriptedConnector.Try attempt() {
        return around.machine.connector.tries.get(0);
    }

    /** Whether the connect has succeeded or failed. */
    public boolean answered() {
        return answered;
    }

    /** Whether the two are, or were, connected to each other. */
    public boolean connected() {
        return connected;
    }

    /** The client's connection, as observers of the server see it; null before it was accepted. */
    public @Nullable Connection connection() {
        return connections.isEmpty() ? null : connections.get(0);
    }

    /** Why the client's connection has ended; null if it has not. */
    public @Nullable CloseReason reasonOfClient() {
        return reasons[0];
    }

    /** Why the target's connection has ended; null if it has not, or there is none. */
    public @Nullable CloseReason reasonOfTarget() {
        return reasons[1];
    }

    /** Whether all connections have ended. */
    public boolean over() {
        return reasons[0] != null && (connections.size() < 2 || reasons[1] != null);
    }

    /** Its current state, as a single word for the table of visited states. */
    public String state() {
        if (over()) {
            return "PARTED";
        }
        if (connections.stream().anyMatch(each -> ConnectionInsides.life(each).compareTo(Life.State.CLOSING) >= 0)) {
            return "PARTING";
        }
        return connected() ? passing(connections.get(0), connections.get(1)) : "CONNECTING";
    }

    private static String passing(SocketConnection ofClient, SocketConnection ofTarget) {
        if (ofClient.outputEnded()) {
            return ofTarget.outputEnded() ? "PARTING" : "TARGET_ENDS";
        } else if (ofTarget.outputEnded()) {
            return "CLIENT_ENDS";
        }
        boolean slowed = ConnectionInsides.paused(ofClient) || ConnectionInsides.paused(ofTarget);
        return slowed ? "SLOWED" : "PASSING";
    }

    /** What it leaves behind, when it is over and the server is closed. */
    public List<String> leftBehind() {
        if (around.machine.connector.tries.isEmpty()) {
            far.close();
        }
        List<String> all = around.defects();
        all.addAll(around.leftBehind());
        int underWay = around.machine.reception(around.endpoint).relays().underWay();
        ExploredEndpoint.add(all, underWay != 0, "a connect that is still pending");
        ExploredEndpoint.add(all, !around.endpoint.closed().isDone(), "the endpoint still waits");
        return all;
    }
}
