// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the real machine over a scripted transport and a virtual clock, for a caller that controls only the
 * network and the time. It contains everything that the explorer needs of this package.
 */
public final class ExploredConnection {
    /** What kind of connection it becomes. */
    public enum Start {
        /** Plain from its first byte. */
        PLAIN,
        /** With a filter that does everything that TLS does, except the cryptography. */
        FRAMES,
        /** Under TLS from its first byte. */
        TLS,
        /** Plain or TLS, detected by its first bytes. */
        DETECT,
        /** Plain, once an asynchronous decision says so. */
        LATER_PLAIN,
        /** TLS, once an asynchronous decision says so. */
        LATER_TLS
    }

    /** Its surroundings. */
    public final ExploredEndpoint around;

    /** The network to its peer. */
    public final ExploredSocket socket;

    private final ScriptedTransport transport;
    private final CompletableFuture<Decision> decision = new CompletableFuture<>();
    private final @Nullable FrameFilter frames;
    private final Start start;
    private final TlsProfile profile;
    private @Nullable SocketConnection connection;

    /**
     * Creates one.
     *
     * @param start what it is
     * @param closesBoth whether the end of the peer's frames ends both directions
     * @param onExecutor whether its callbacks run on an executor
     * @param limits the two watermarks, and how much may be left unread
     * @param profile for TLS
     * @param buffers with strict leases, and all of them free
     */
    public ExploredConnection(
            Start start, boolean closesBoth, boolean onExecutor, int[] limits, TlsProfile profile, BufferPool buffers) {
        this.start = start;
        this.profile = profile;
        ConnectionSettings settings =
                ConnectionSettings.DEFAULT.withWatermarks(limits[0], limits[1]).withUnread(limits[2]);
        around = new ExploredEndpoint(buffers, onExecutor, settings, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection accepted) {
                connection = (SocketConnection) accepted;
            }
        });
        transport = around.transport();
        socket = new ExploredSocket(transport);
        frames = start == Start.FRAMES ? new FrameFilter(true, closesBoth) : null;
    }

    /** Starts it. */
    public void begin(ConnectionHandler handler) {
        switch (start) {
            case PLAIN -> around.machine.start(around.endpoint, transport, new PlainFilter(), handler);
            case FRAMES -> {
                if (frames != null) {
                    around.machine.start(around.endpoint, transport, frames, handler);
                }
            }
            case TLS -> around.machine.start(around.endpoint, transport, Gate.tls(profile), handler);
            case DETECT -> around.machine.start(around.endpoint, transport, Gate.detect(profile), handler);
            case LATER_PLAIN, LATER_TLS ->
                around.machine.start(around.endpoint, transport, peer -> Decision.later(decision), handler);
        }
    }

    /** The connection as observers of the server see it, even before it is open; null before it was accepted. */
    public @Nullable Connection connection() {
        return connection;
    }

    /** Its current state, as a single word for the table of visited states. */
    public String state() {
        SocketConnection now = connection;
        if (now == null) {
            return "OPENING";
        }
        Life.State life = ConnectionInsides.life(now);
        return switch (life) {
            case NEW -> "OPENING";
            case OPEN -> open(now);
            case SECURING -> "TO_TLS";
            case STOPPING -> "TO_PLAIN";
            case OVER -> "GONE";
            default -> life.name();
        };
    }

    private static String open(SocketConnection now) {
        Upgrade change = ConnectionInsides.upgrade(now);
        if (change != null) {
            return change instanceof Upgrade.ToTls ? "TO_TLS" : "TO_PLAIN";
        }
        return ConnectionInsides.paused(now)
                ? "PAUSED"
                : now.pendingBytes() > 0 ? "SENDING" : now.outputEnded() ? "HALF" : "OPEN";
    }

    /** Completes the decision. */
    public void decide() {
        boolean plain = start == Start.LATER_PLAIN;
        decision.complete(plain ? Decision.plain() : Decision.tls(profile));
    }

    /** Refuses it by the decision, or by a failure of the decision; returns whether it was still undecided. */
    public boolean decideAgainst(boolean byFailure) {
        boolean waits = (start == Start.LATER_PLAIN || start == Start.LATER_TLS) && !decision.isDone();
        if (byFailure) {
            decision.completeExceptionally(new IOException("thrown by the program"));
        } else {
            decision.complete(Decision.reject());
        }
        return waits;
    }

    /**
     * Whether it is in a state that only the machine itself can end, or the peer by what it does at once.
     *
     * @param peerEnds whether the peer has ended its stream
     * @param bothEnd whether the handler and the peer have ended their streams
     */
    public boolean waitsForUs(boolean peerEnds, boolean bothEnd) {
        boolean decided = decision.isDone() || (start != Start.LATER_PLAIN && start != Start.LATER_TLS);
        return switch (state()) {
            case "OPENING" -> decided && (start != Start.DETECT || socket.somethingCame());
            case "TO_TLS", "TO_PLAIN" -> connection != null && !ConnectionInsides.paused(connection);
            case "CLOSING", "ENDED" -> true;
            case "LINGERING" -> peerEnds;
            case "HALF" -> bothEnd;
            default -> false;
        };
    }

    /** The defects that the seams have detected, and that the machine has logged; complete only when it has ended. */
    public List<String> defects() {
        List<String> all = around.defects();
        if (frames != null) {
            all.addAll(frames.defects);
        }
        return all;
    }

    /** What it leaves behind. */
    public List<String> leftBehind() {
        List<String> all = defects();
        all.addAll(around.leftBehind());
        ExploredEndpoint.add(all, frames != null && frames.frees != 1, "a filter that was not freed once");
        return all;
    }

    /** A file of random bytes. */
    public static FileChannel file() {
        return TestFile.CHANNEL;
    }

    /** A file that is already closed. */
    public static FileChannel closedFile() {
        return TestFile.CLOSED;
    }

    /** The length of the file. */
    public static int lengthOfFile() {
        return TestFile.LENGTH;
    }

    /** The last bytes of the file. */
    public static byte[] endOfFile(int count) {
        return TestFile.part(TestFile.LENGTH - count, count);
    }

    /** A part of that file. */
    public static byte[] ofFile(int position, int count) {
        return TestFile.part(position, count);
    }

    /** One frame of {@link Start#FRAMES}. */
    public static byte[] frame(byte type, byte... content) {
        return FrameFilter.frame(type, content);
    }
}
