// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.Connection;
import io.portcullis.dispatch.ExploredConnection;
import io.portcullis.explorer.Model.Fact;
import io.portcullis.explorer.Promises.Piece;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The calls of a connection: each records the promise that it makes. */
final class Calls {
    /** The bytes before and after those that are sent. */
    private static final int MARGIN = 10;

    private final ExploredConnection stage;
    private final OtherEnd other;
    private final Promises promises;
    private final TlsProfile profile;

    /** Enters a callback by its name. */
    private final Consumer<String> callback;

    /** Called for each future that has completed. */
    private final Runnable futureDone;

    /** Passes the connection on to another handler. */
    private final Consumer<Connection> passOn;

    private int written;

    /** The buffer sent last, and its state then. */
    private ByteBuffer sent = ByteBuffer.allocate(0);

    Calls(
            ExploredConnection stage,
            OtherEnd other,
            Promises promises,
            TlsProfile profile,
            Consumer<String> callback,
            Runnable futureDone,
            Consumer<Connection> passOn) {
        this.stage = stage;
        this.other = other;
        this.promises = promises;
        this.profile = profile;
        this.callback = callback;
        this.futureDone = futureDone;
        this.passOn = passOn;
    }

    void call(Connection on, Step step) {
        int amount = step.amount();
        switch (step.verb()) {
            case WRITE -> write(on, ByteBuffer.wrap(ours(amount)));
            case WRITE_DIRECT -> write(on, Bytes.direct(ours(amount)));
            case WRITE_READ_ONLY -> write(on, ByteBuffer.wrap(ours(amount)).asReadOnlyBuffer());
            case SEND -> send(on, within(ByteBuffer.allocate(amount + 2 * MARGIN), ours(amount)), false);
            case SEND_DIRECT -> send(on, within(ByteBuffer.allocateDirect(amount + 2 * MARGIN), ours(amount)), false);
            case SEND_FILE -> sendFile(on, amount);
            case SEND_SHORT_FILE -> sendShortFile(on, amount);
            case TOUCH_SENT -> touchSent(amount);
            case PAUSE -> on.pause();
            case RESUME -> on.resume();
            case EXECUTE -> execute(on);
            case START_TLS -> startTls(on);
            case STOP_TLS -> stopTls(on);
            case AWAIT_SECURED -> tracks(on.secured());
            case AWAIT_CLOSED -> tracks(on.closed());
            case ASK -> ask(on);
            case ASK_WRITABLE -> askWritable(on);
            case PASS_ON -> passOn.accept(on);
            case SCHEDULE -> tracks(on.schedule(Duration.ofMillis(amount), () -> callback.accept("task")));
            case SET_IDLE -> setIdle(on, amount);
            default -> end(on, step.verb());
        }
    }

    private void end(Connection on, Verb verb) {
        switch (verb) {
            case CLOSE -> {
                promises.happened(Fact.CLOSED);
                on.close();
            }
            case ABORT -> {
                promises.happened(Fact.ABORTED);
                on.abort();
            }
            case END_OUTPUT -> {
                promises.happened(Fact.OUTPUT_ENDED);
                on.shutdownOutput();
            }
            default -> throw new IllegalArgumentException(verb.name());
        }
    }

    private void ask(Connection on) {
        boolean unused = on.receiving();
        long pending = on.pendingBytes();
        promises.require(pending >= 0, "the number of pending bytes is valid", String.valueOf(pending));
        promises.require(
                pending <= promises.acceptedBytes(),
                "no more is pending than was written",
                pending + " of " + promises.acceptedBytes());
    }

    private void askWritable(Connection on) {
        boolean changes = promises.hasAny(Fact.UPGRADED, Fact.OUTPUT_ENDED, Fact.CLOSED, Fact.ABORTED);
        if (promises.opened() && promises.reason == null) {
            promises.awaitsRoom();
            if (on.writable() || changes) {
                promises.hasRoom();
            }
        }
    }

    private void setIdle(Connection on, int amount) {
        promises.happened(Fact.TIME_PASSED);
        Duration timeout = Duration.ofMillis(1 + amount);
        switch (amount % 3) {
            case 0 -> on.idleTimeout(timeout);
            case 1 -> on.readIdleTimeout(timeout);
            default -> on.writeIdleTimeout(timeout);
        }
    }

    private void startTls(Connection on) {
        promises.happened(Fact.UPGRADED);
        IntSupplier until = promises.acceptedUntilNow();
        boolean before = stage.state().equals("TO_TLS");
        CompletableFuture<?> future = on.startTls(profile);
        other.starts(future, until, !before && stage.state().equals("TO_TLS"));
        tracks(future);
    }

    private void stopTls(Connection on) {
        promises.happened(Fact.UPGRADED);
        CompletableFuture<?> future = on.stopTls();
        other.stops(future);
        tracks(future);
    }

    private void execute(Connection on) {
        boolean[] may = {true};
        promises.taskAccepted();
        boolean accepted = on.execute(() -> {
            promises.require(may[0], "a refused task is not run", "");
            promises.taskRuns();
            callback.accept("task");
        });
        if (!accepted) {
            may[0] = false;
            promises.taskRuns();
        }
    }

    private byte[] ours(int amount) {
        written += 13;
        return Bytes.of(written, amount);
    }

    private static ByteBuffer within(ByteBuffer buffer, byte[] bytes) {
        return buffer.position(MARGIN).put(bytes).limit(MARGIN + bytes.length).position(MARGIN);
    }

    /** Changes the position and limit of a buffer that belongs to a write; if it is exhausted, that changes nothing. */
    private void touchSent(int how) {
        if (how > 0) {
            promises.happened(Fact.TOUCHED);
        }
        switch (how) {
            case 0 -> sent.position(sent.limit());
            case 1 -> sent.clear();
            case 2 -> sent.limit(sent.position() + Math.min(1, sent.remaining()));
            case 3 -> sent.position(0).limit(0);
            default -> sent.position(Math.max(0, sent.position() - 1));
        }
    }

    /** Recorded before the call, which may run a turn in which other code writes. */
    boolean write(Connection on, ByteBuffer data) {
        int length = data.remaining();
        Piece piece = promises.writes(Bytes.contents(data), gone());
        boolean closed = promises.reason != null;
        int before = stage.socket.sent();
        boolean accepted = on.write(data);
        if (accepted) {
            counts(on, length - (stage.socket.sent() - before));
        }
        if (!accepted) {
            promises.refused(piece);
        } else {
            promises.require(!closed, "no write is accepted after onClose", "");
        }
        int left = accepted ? 0 : length;
        promises.require(
                data.remaining() == left,
                "an accepted write consumes the whole buffer, and a refused one nothing",
                data.remaining() + " of " + length + " are left");
        return accepted;
    }

    /** Accepted bytes that were not sent are pending, from the moment they were accepted. */
    private void counts(Connection on, int bytes) {
        promises.require(
                !promises.undisturbed() || on.pendingBytes() >= bytes,
                "written bytes are pending until they are sent",
                on.pendingBytes() + " of at least " + bytes);
    }

    /** Whether written bytes can no longer be sent. */
    private boolean gone() {
        return stage.state().equals("GONE") || other.bothEnded();
    }

    void send(Connection on, ByteBuffer data, boolean ofTheCallback) {
        int position = data.position();
        int limit = data.limit();
        sent = ofTheCallback ? sent : data;
        Piece piece = promises.writes(Bytes.contents(data), gone());
        promises.awaits(piece);
        int before = stage.socket.sent();
        on.write(data, piece, new CompletionHandler<Void, Piece>() {
            @Override
            public void completed(@Nullable Void none, Piece own) {
                promises.completed(own);
                promises.require(
                        ofTheCallback
                                || promises.has(Fact.TOUCHED)
                                || (data.position() >= position && data.limit() == limit),
                        "a buffer that is sent stays as it is",
                        String.valueOf(data));
                callback.accept("completion");
            }

            @Override
            public void failed(Throwable cause, Piece own) {
                promises.failed(own, cause instanceof IllegalStateException);
                callback.accept(own.late ? "late completion" : "completion");
            }
        });
        promises.require(
                !ofTheCallback || !data.hasRemaining() || promises.has(Fact.SHORT_OF_MEMORY),
                "a lent buffer that is sent is consumed",
                String.valueOf(data));
        counts(on, limit - position - (stage.socket.sent() - before));
    }

    private void sendFile(Connection on, int amount) {
        byte[] bytes = ExploredConnection.ofFile(amount % 100, amount);
        sendFile(on, ExploredConnection.file(), amount % 100, bytes);
    }

    /** The file ends before the range to be sent, or is closed. */
    private void sendShortFile(Connection on, int amount) {
        promises.happened(Fact.FILE_TOO_SHORT);
        byte[] rest = ExploredConnection.endOfFile(amount);
        FileChannel file = amount % 2 == 0 ? ExploredConnection.file() : ExploredConnection.closedFile();
        sendFile(on, file, ExploredConnection.lengthOfFile() - amount, Arrays.copyOf(rest, amount + 1));
    }

    private void sendFile(Connection on, FileChannel file, int position, byte[] bytes) {
        Piece piece = promises.writes(bytes, gone());
        promises.awaits(piece);
        piece.inCall = true;
        CompletableFuture<Long> future = on.sendFile(file, position, bytes.length);
        var unused = future.whenComplete((count, failure) -> {
            if (failure == null) {
                promises.completed(piece);
            } else {
                promises.failed(piece, failure instanceof IllegalStateException);
            }
        });
        piece.inCall = false;
        tracks(future);
    }

    private void tracks(CompletableFuture<?> future) {
        promises.tracks(future);
        var unused = future.whenComplete((done, failure) -> futureDone.run());
    }
}
