// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionListener;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A connection of the real machine over a scripted transport and a virtual clock, for whoever knows nothing of the
 * machine but how the network and the time go on. All that the explorer needs of this package is here.
 */
public final class ExploredConnection {
    /** How a connection becomes what it is. */
    public enum Start {
        /** Plain from its first byte. */
        PLAIN,
        /** Behind a filter that does all that TLS does, but for the cryptography. */
        FRAMES,
        /** Under TLS from its first byte. */
        TLS,
        /** By its first bytes. */
        DETECT,
        /** As soon as somebody has decided that it is plain. */
        LATER_PLAIN,
        /** As soon as somebody has decided that it is under TLS. */
        LATER_TLS
    }

    /** What the executor does with the next callback that it is given. */
    private enum Refusal {
        NONE,
        /** It throws, and then no more. */
        ONCE,
        /** It throws, and takes it all the same. */
        IN_VAIN,
        /** It throws. */
        ALWAYS
    }

    /** So many are cut short; all of them would take the whole day to move a large answer byte by byte. */
    private static final int MOST_SHORTENED = 200;

    /** More than this a connection does not read without letting others pass: a turn starts one read, or seldom two. */
    private static final int MOST_READS = 2 * Strand.TURNS_IN_A_ROW;

    /** More rounds than any connection needs to come to rest. */
    private static final int MOST_ROUNDS = 20_000;

    private final VirtualMachine machine;
    private final ScriptedTransport transport;
    private final ManualExecutor executor = new ManualExecutor();
    private final CompletableFuture<Decision> decision = new CompletableFuture<>();
    private final @Nullable FrameFilter frames;
    private final Endpoint endpoint;
    private final Start start;
    private final TlsProfile profile;
    private @Nullable SocketConnection connection;
    private final Defects machines = new Defects();
    private Refusal refusal = Refusal.NONE;
    private boolean callsAtOnce;
    private boolean inline = true;
    private boolean somethingCame;
    private int longest = Integer.MAX_VALUE;
    private int shortened;

    /**
     * Starts one.
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
        machine = new VirtualMachine(buffers);
        machines.notice();
        transport = new ScriptedTransport(new ScriptedTransport.Script() {
            @Override
            public boolean inline() {
                return inline;
            }

            @Override
            public int length(int most) {
                return shortened++ < MOST_SHORTENED ? Math.min(most, longest) : most;
            }
        });
        transport.window = 0;
        frames = start == Start.FRAMES ? new FrameFilter(true, closesBoth) : null;
        ConnectionSettings settings =
                ConnectionSettings.DEFAULT.withWatermarks(limits[0], limits[1]).withUnread(limits[2]);
        endpoint = machine.endpointOn(onExecutor ? this::execute : null, settings, new ConnectionListener() {
            @Override
            public void onAccepted(Connection accepted) {
                connection = (SocketConnection) accepted;
            }
        });
    }

    /** Begins. */
    public void begin(ConnectionHandler handler) {
        switch (start) {
            case PLAIN -> machine.start(endpoint, transport, new PlainFilter(), handler);
            case FRAMES -> {
                if (frames != null) {
                    machine.start(endpoint, transport, frames, handler);
                }
            }
            case TLS -> machine.start(endpoint, transport, Gate.tls(profile), handler);
            case DETECT -> machine.start(endpoint, transport, Gate.detect(profile), handler);
            case LATER_PLAIN, LATER_TLS ->
                machine.start(endpoint, transport, peer -> Decision.later(decision), handler);
        }
    }

    /** As whoever observes the server knows it, also before it is open; null before it was accepted. */
    public @Nullable Connection connection() {
        return connection;
    }

    /** What it is at the moment, in one word; for the table of what was visited. */
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

    /** Whether operations complete within the call that starts them. */
    public void inline(boolean whether) {
        inline = whether;
    }

    /** How much each of the next operations moves at most. */
    public void longest(int bytes) {
        shortened = 0;
        longest = bytes;
    }

    /** The peer's window grows. */
    public void takes(int bytes) {
        transport.window = Math.min(Integer.MAX_VALUE, transport.window + bytes);
        if (inline) {
            transport.completeWrite();
        }
    }

    /** Bytes come. */
    public void comes(byte[] bytes) {
        if (bytes.length > 0) {
            somethingCame = true;
            transport.receive(bytes);
            if (inline) {
                int before = transport.reads;
                transport.completeRead();
                if (transport.reads - before > MOST_READS) {
                    transport.defects.add(
                            (transport.reads - before) + " reads in a row, and no other connection is let pass");
                }
            }
        }
    }

    /** The end of the stream comes. */
    public void endComes() {
        transport.receiveEnd();
        if (inline) {
            transport.completeRead();
        }
    }

    /** The network fails. */
    public void reset() {
        transport.fail(new IOException("Connection reset"));
        transport.completeBoth();
    }

    /** A read completes, if one can. */
    public boolean readDone() {
        return transport.completeRead();
    }

    /** A write completes, if one can. */
    public boolean writeDone() {
        return transport.completeWrite();
    }

    /** Tasks run. */
    public void tasks() {
        machine.runTasks();
    }

    /** Turns that gave way run. */
    public void turns() {
        machine.runLater();
    }

    /** The executor runs the next callback, if there is one. */
    public void callback() {
        if (!executor.tasks.isEmpty()) {
            executor.runOne();
        }
    }

    private void execute(Runnable callback) {
        Refusal now = refusal;
        refusal = now == Refusal.ONCE ? Refusal.NONE : now;
        if (now == Refusal.NONE && callsAtOnce) {
            callback.run();
        } else if (now == Refusal.NONE || now == Refusal.IN_VAIN) {
            executor.tasks.add(callback);
        }
        if (now != Refusal.NONE) {
            throw new RejectedExecutionException("as the program wants it");
        }
    }

    /** From now on the executor throws, and may take what it is given all the same; or it throws but once. */
    public void refuseCallbacks(boolean takenAllTheSame, boolean once) {
        refusal = takenAllTheSame ? Refusal.IN_VAIN : once ? Refusal.ONCE : Refusal.ALWAYS;
    }

    /** From now on the executor runs what it is given on the thread that gives it. */
    public void callAtOnce() {
        callsAtOnce = true;
    }

    /** The one who decides does so. */
    public void decide() {
        boolean plain = start == Start.LATER_PLAIN;
        decision.complete(plain ? Decision.plain() : Decision.tls(profile));
    }

    /** It is refused by the one who decides, or by his failure; returns whether nothing was decided before. */
    public boolean decideAgainst(boolean byFailure) {
        boolean waits = (start == Start.LATER_PLAIN || start == Start.LATER_TLS) && !decision.isDone();
        if (byFailure) {
            decision.completeExceptionally(new IOException("as the program wants it"));
        } else {
            decision.complete(Decision.reject());
        }
        return waits;
    }

    /** Time passes; what is pending in a closed socket comes back, so that no operation counts as lost. */
    public void pass(Duration time) {
        machine.advance(time, transport);
    }

    /** The server drains. */
    public void drain() {
        endpoint.drain();
    }

    /** The server is closed. */
    public void shutDown() {
        endpoint.close();
    }

    /** From now on no connection of this process prints what it logs. */
    public static void printNothing() {
        Defects.printNothing();
    }

    /** Another thread calls. */
    public void byAnotherThread(Runnable call) {
        machines.notice();
        call.run();
    }

    /** Runs code in the turn of another connection. */
    public void inAnotherTurn(Runnable code) {
        machine.inAnotherTurn(code);
    }

    /** How many bytes of memory are lent. */
    public long memory() {
        return machine.buffers.statistics().bytesOut();
    }

    /** How much was sent. */
    public int sent() {
        return transport.sent.size();
    }

    /** What was sent, from a place on. */
    public byte[] sentFrom(int position) {
        return transport.sent.from(position);
    }

    /** Whether the end of the stream was sent. */
    public boolean outputEnded() {
        return transport.outputEnded;
    }

    /**
     * Whether it is in a state which only the machine itself can end, or the peer by what it does at once.
     *
     * @param peerEnds whether the peer has ended its stream
     * @param bothEnd whether the handler and the peer have ended their streams
     */
    public boolean waitsForUs(boolean peerEnds, boolean bothEnd) {
        boolean decided = decision.isDone() || (start != Start.LATER_PLAIN && start != Start.LATER_TLS);
        return switch (state()) {
            case "OPENING" -> decided && (start != Start.DETECT || somethingCame);
            case "TO_TLS", "TO_PLAIN" -> connection != null && !ConnectionInsides.paused(connection);
            case "CLOSING", "ENDED" -> true;
            case "LINGERING" -> peerEnds;
            case "HALF" -> bothEnd;
            default -> false;
        };
    }

    /** Lets everything go on that can, until nothing does any more; returns whether it has come to rest. */
    public boolean rest(Runnable betweenRounds) {
        inline = true;
        longest = Integer.MAX_VALUE;
        transport.window = Integer.MAX_VALUE;
        for (int i = 0; i < MOST_ROUNDS; i++) {
            boolean moved = transport.completeBoth() || waits();
            machine.runTasks();
            machine.runLater();
            executor.runAll();
            int sent = transport.sent.size();
            int reads = transport.reads;
            betweenRounds.run();
            moved |= sent != transport.sent.size() || reads != transport.reads || transport.writing();
            if (!moved && !waits()) {
                return true;
            }
        }
        return false;
    }

    private boolean waits() {
        return !machine.tasks.isEmpty() || !executor.tasks.isEmpty() || !machine.later.isEmpty();
    }

    /**
     * What the seams have noticed, and what the machine has logged as a defect of its own; only complete when it has
     * ended.
     */
    public List<String> defects() {
        List<String> all = new ArrayList<>(transport.defects);
        all.addAll(machines.noticed);
        if (frames != null) {
            all.addAll(frames.defects);
        }
        return all;
    }

    /** What is left behind it. */
    public List<String> leftBehind() {
        List<String> all = defects();
        add(all, machine.buffers.statistics().leasesOut() != 0, "leases that were not given back");
        add(all, machine.planned() != 0, "plans of the timer that were not taken back");
        add(all, transport.reading() || transport.writing(), "a pending operation");
        add(all, !transport.closed, "an open socket");
        add(all, endpoint.connections() != 0, "a connection that is still counted");
        add(all, frames != null && frames.frees != 1, "a filter that was not freed once");
        return all;
    }

    private static void add(List<String> all, boolean holds, String what) {
        if (holds) {
            all.add(what);
        }
    }

    /** A file of random bytes. */
    public static FileChannel file() {
        return TestFile.CHANNEL;
    }

    /** One that somebody has closed. */
    public static FileChannel closedFile() {
        return TestFile.CLOSED;
    }

    /** How long the file is. */
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
