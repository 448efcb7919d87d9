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
 * A connection of the real machine that is passed on: to its client, and to the target, there is a scripted transport.
 */
public final class ExploredRelay implements ConnectionObserver {
    /** When it is decided that the connection is passed on. */
    public enum Start {
        /** Before anything has come. */
        AT_ONCE,
        /** As soon as somebody says so. */
        LATER,
        /** By the first bytes. */
        BY_FIRST_BYTES
    }

    /**
     * Of bytes that one peer has sent and the other has not taken, the relay keeps so many in each direction, and one
     * read more.
     */
    public static final int HIGH = RelaySide.HIGH;

    private static final Decision TARGET = Decision.relay(new InetSocketAddress("192.0.2.80", 80));

    /** What there is around it. */
    public final ExploredEndpoint around;

    /** The way to the client. */
    public final ExploredSocket client;

    /** The way to the target. */
    public final ExploredSocket target;

    private final Start start;
    private final ScriptedTransport near;
    private final ScriptedTransport far;
    private final CompletableFuture<Decision> decision = new CompletableFuture<>();

    /** That of the client, then that of the target. */
    private final List<SocketConnection> connections = new ArrayList<>();

    private final @Nullable CloseReason[] reasons = new CloseReason[2];
    private boolean answered;
    private boolean connected;

    /**
     * Of a relay that has not begun.
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

    /** Begins. */
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

    /** The one who decides does so. */
    public void decide() {
        decision.complete(TARGET);
    }

    /** The target is connected, if somebody has asked for it and nothing is known yet. */
    public void connects() {
        if (asked()) {
            answered = true;
            attempt().connect();
        }
    }

    /** The target is not there; in the same way. Returns whether anybody has asked. */
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

    /** Whether there is a way from the one to the other, or was. */
    public boolean connected() {
        return connected;
    }

    /** That of the client, as whoever observes the server knows it; null before it was accepted. */
    public @Nullable Connection connection() {
        return connections.isEmpty() ? null : connections.get(0);
    }

    /** Why the connection of the client has ended; null if it has not. */
    public @Nullable CloseReason reasonOfClient() {
        return reasons[0];
    }

    /** Why that of the target has ended; null if it has not, or there is none. */
    public @Nullable CloseReason reasonOfTarget() {
        return reasons[1];
    }

    /** Whether all that there is has ended. */
    public boolean over() {
        return reasons[0] != null && (connections.size() < 2 || reasons[1] != null);
    }

    /** What it is at the moment, in one word; for the table of what was visited. */
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

    /** What is left behind it, when it is over and the server is closed. */
    public List<String> leftBehind() {
        if (around.machine.connector.tries.isEmpty()) {
            far.close();
        }
        List<String> all = around.defects();
        all.addAll(around.leftBehind());
        int underWay = around.machine.reception(around.endpoint).relays().underWay();
        ExploredEndpoint.add(all, underWay != 0, "a connect that is still under way");
        ExploredEndpoint.add(all, !around.endpoint.closed().isDone(), "something for which the endpoint waits");
        return all;
    }
}
