// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.flight;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Records events of connections in the JDK Flight Recorder. While no recording is active, each event costs a check
 * whether its type is enabled, and nothing is allocated.
 */
public final class FlightEvents implements ConnectionObserver {
    private static final Event ACCEPT = new Accept();
    private static final Event DECISION = new GateDecision();
    private static final Event HANDSHAKE = new Handshake();
    private static final Event END = new ConnectionEnd();
    private static final Event STALL = new Stall();

    /** Creates an observer; one is enough for any number of servers. */
    public FlightEvents() {}

    /** The common part of all events. */
    @Category("Portcullis")
    @StackTrace(false)
    abstract static class ConnectionEvent extends Event {
        @Label("Connection")
        @Description("The connection's id, in hexadecimal as in the log")
        String connection;

        @Label("Listener")
        @Description("The name of the listener that accepted it; null for a client's connection")
        @Nullable
        String listener;

        ConnectionEvent() {
            connection = "";
        }

        void of(Connection it) {
            connection = Long.toHexString(it.id());
            listener = it.listenerName().orElse(null);
        }
    }

    @Name("io.portcullis.Accept")
    @Label("Accept")
    @Description("A connection was accepted or established")
    static final class Accept extends ConnectionEvent {
        @Label("Remote Address")
        String remoteAddress = "";

        @Label("Local Address")
        String localAddress = "";
    }

    @Name("io.portcullis.GateDecision")
    @Label("Gate Decision")
    @Description("A gate has decided how to handle a connection")
    static final class GateDecision extends ConnectionEvent {
        @Label("Decision")
        String decision = "";

        @Label("Time")
        @Description("Since the connection was accepted")
        @Timespan(Timespan.NANOSECONDS)
        long time;
    }

    @Name("io.portcullis.Handshake")
    @Label("TLS Handshake")
    @Description("A TLS handshake has succeeded or failed")
    static final class Handshake extends ConnectionEvent {
        @Label("Outcome")
        @Description("SUCCESS, or the name of the failure")
        String outcome = "SUCCESS";

        @Label("Protocol")
        @Nullable
        String protocol;

        @Label("Cipher Suite")
        @Nullable
        String cipherSuite;

        @Label("Group")
        @Description("The group of the key exchange")
        @Nullable
        String group;

        @Label("Resumed")
        boolean resumed;

        @Label("Peer Alert")
        @Description("The number of the alert with which the peer ended the handshake; -1 if there was none")
        int peerAlert = -1;

        @Label("Time")
        @Description("Since the first byte of the handshake")
        @Timespan(Timespan.NANOSECONDS)
        long time;
    }

    @Name("io.portcullis.ConnectionEnd")
    @Label("Connection End")
    @Description("A connection has ended")
    static final class ConnectionEnd extends ConnectionEvent {
        @Label("Remote Address")
        String remoteAddress = "";

        @Label("Reason")
        String reason = "";

        @Label("Failure")
        @Description("The name of the failure, if TLS has failed")
        @Nullable
        String failure;

        @Label("Lifetime")
        @Timespan(Timespan.NANOSECONDS)
        long lifetime;

        @Label("Network In")
        @DataAmount
        long networkIn;

        @Label("Network Out")
        @DataAmount
        long networkOut;

        @Label("Application In")
        @DataAmount
        long applicationIn;

        @Label("Application Out")
        @DataAmount
        long applicationOut;
    }

    @Name("io.portcullis.Stall")
    @Label("Stall")
    @Description("A turn has blocked a dispatcher thread for more than half a second")
    static final class Stall extends ConnectionEvent {
        @Label("Time")
        @Description("How long the thread has been blocked so far")
        @Timespan(Timespan.NANOSECONDS)
        long time;

        @Label("Where")
        @Description("The method that the thread is executing")
        String where = "";
    }

    @Override
    public void onAccepted(Connection connection) {
        if (ACCEPT.isEnabled()) {
            Accept event = new Accept();
            event.of(connection);
            event.remoteAddress = ForeignText.of(connection.remoteAddress().toString());
            event.localAddress = connection.localAddress().toString();
            event.commit();
        }
    }

    @Override
    public void onDecided(Connection connection, Decision decision, Duration time) {
        if (DECISION.isEnabled()) {
            GateDecision event = new GateDecision();
            event.of(connection);
            event.decision = decision.getClass().getSimpleName();
            event.time = time.toNanos();
            event.commit();
        }
    }

    @Override
    public void onSecured(Connection connection, TlsSession session, Duration time) {
        if (HANDSHAKE.isEnabled()) {
            Handshake event = new Handshake();
            event.of(connection);
            event.protocol = session.protocol();
            event.cipherSuite = session.cipherSuite();
            event.group = session.group().orElse(null);
            event.resumed = session.resumed();
            event.time = time.toNanos();
            event.commit();
        }
    }

    @Override
    public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
        if (HANDSHAKE.isEnabled()) {
            Handshake event = new Handshake();
            event.of(connection);
            event.outcome = failure.failure().name();
            event.peerAlert = failure.peerAlert().orElse(-1);
            event.time = time.toNanos();
            event.commit();
        }
    }

    @Override
    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (END.isEnabled()) {
            ConnectionEnd event = new ConnectionEnd();
            event.of(connection);
            event.remoteAddress = ForeignText.of(connection.remoteAddress().toString());
            event.reason = reason.name();
            event.failure =
                    cause instanceof TlsException failure ? failure.failure().name() : null;
            event.lifetime = connection.age().toNanos();
            var traffic = connection.traffic();
            event.networkIn = traffic.networkIn();
            event.networkOut = traffic.networkOut();
            event.applicationIn = traffic.applicationIn();
            event.applicationOut = traffic.applicationOut();
            event.commit();
        }
    }

    @Override
    public void onThreadBlocked(Connection connection, Duration time, List<StackTraceElement> stack) {
        if (STALL.isEnabled()) {
            Stall event = new Stall();
            event.of(connection);
            event.time = time.toNanos();
            event.where = Optional.of(stack)
                    .filter(frames -> !frames.isEmpty())
                    .map(frames -> frames.get(0).toString())
                    .orElse("");
            event.commit();
        }
    }
}
