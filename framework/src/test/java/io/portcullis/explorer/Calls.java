// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.Connection;
import io.portcullis.dispatch.ExploredConnection;
import io.portcullis.explorer.Promises.Fact;
import io.portcullis.explorer.Promises.Piece;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The calls of a connection: each notes what it is promised. */
final class Calls {
    private final ExploredConnection stage;
    private final OtherEnd other;
    private final Promises promises;
    private final TlsProfile profile;

    /** Enters a callback by its name. */
    private final Consumer<String> callback;

    private int written;

    Calls(ExploredConnection stage, OtherEnd other, Promises promises, TlsProfile profile, Consumer<String> callback) {
        this.stage = stage;
        this.other = other;
        this.promises = promises;
        this.profile = profile;
        this.callback = callback;
    }

    void call(Connection on, Step step) {
        int amount = step.amount();
        switch (step.verb()) {
            case WRITE -> write(on, ByteBuffer.wrap(ours(amount)));
            case WRITE_DIRECT -> write(on, Bytes.direct(ours(amount)));
            case WRITE_READ_ONLY -> write(on, ByteBuffer.wrap(ours(amount)).asReadOnlyBuffer());
            case SEND -> send(on, ByteBuffer.wrap(ours(amount)), false);
            case SEND_DIRECT -> send(on, Bytes.direct(ours(amount)), false);
            case SEND_FILE -> sendFile(on, amount);
            case PAUSE -> on.pause();
            case RESUME -> on.resume();
            case EXECUTE -> execute(on);
            case START_TLS -> startTls(on);
            case STOP_TLS -> stopTls(on);
            case AWAIT_SECURED -> promises.tracks(on.secured());
            case AWAIT_CLOSED -> promises.tracks(on.closed());
            case ASK -> ask(on);
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
                on.endOutput();
            }
            default -> throw new IllegalArgumentException(verb.name());
        }
    }

    private void ask(Connection on) {
        boolean unused = on.receiving();
        long pending = on.pendingBytes();
        promises.require(pending >= 0, "the number of pending bytes is one", String.valueOf(pending));
        promises.require(
                pending <= promises.acceptedBytes(),
                "no more is pending than was written",
                pending + " of " + promises.acceptedBytes());
    }

    private void startTls(Connection on) {
        promises.happened(Fact.UPGRADED);
        IntSupplier until = promises.acceptedUntilNow();
        boolean before = stage.state().equals("TO_TLS");
        CompletableFuture<?> future = on.startTls(profile);
        promises.tracks(future);
        other.starts(future, until, !before && stage.state().equals("TO_TLS"));
    }

    private void stopTls(Connection on) {
        promises.happened(Fact.UPGRADED);
        CompletableFuture<?> future = on.stopTls();
        promises.tracks(future);
        other.stops(future);
    }

    private void execute(Connection on) {
        boolean[] may = {true};
        promises.taskAccepted();
        boolean accepted = on.execute(() -> {
            promises.require(may[0], "a task that was refused is not run", "");
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

    /** Written down before the call: it may run a turn in which others write. */
    boolean write(Connection on, ByteBuffer data) {
        int length = data.remaining();
        Piece piece = promises.writes(Bytes.contents(data), gone());
        boolean told = promises.reason != null;
        int before = stage.sent();
        boolean accepted = on.write(data);
        if (accepted) {
            counts(on, length - (stage.sent() - before));
        }
        if (!accepted) {
            promises.refused(piece);
        } else {
            promises.require(!told, "no write is accepted behind onClose", "");
        }
        int left = accepted ? 0 : length;
        promises.require(
                data.remaining() == left,
                "a write takes all of the buffer, or if it is refused nothing",
                data.remaining() + " of " + length + " are left");
        return accepted;
    }

    /** What was accepted and has not left is pending, from the moment at which it was accepted. */
    private void counts(Connection on, int bytes) {
        promises.require(
                !promises.undisturbed() || on.pendingBytes() >= bytes,
                "what was written is pending until it has left",
                on.pendingBytes() + " of at least " + bytes);
    }

    /** Whether what is written has nowhere to go. */
    private boolean gone() {
        return stage.state().equals("GONE") || other.bothEnded();
    }

    void send(Connection on, ByteBuffer data, boolean ofTheCallback) {
        int position = data.position();
        int limit = data.limit();
        Piece piece = promises.writes(Bytes.contents(data), gone());
        promises.awaits(piece);
        int before = stage.sent();
        on.write(data, piece, new CompletionHandler<Void, Piece>() {
            @Override
            public void completed(@Nullable Void none, Piece own) {
                promises.completed(own);
                promises.require(
                        data.position() == (ofTheCallback ? limit : position) && data.limit() == limit,
                        "a buffer stays as it is, a lent one is consumed",
                        String.valueOf(data));
                callback.accept("completion");
            }

            @Override
            public void failed(Throwable cause, Piece own) {
                promises.failed(own, cause instanceof IllegalStateException);
                callback.accept(own.late ? "late completion" : "completion");
            }
        });
        counts(on, limit - position - (stage.sent() - before));
    }

    private void sendFile(Connection on, int amount) {
        Piece piece = promises.writes(ExploredConnection.ofFile(amount % 100, amount), gone());
        promises.awaits(piece);
        CompletableFuture<Long> future = on.sendFile(ExploredConnection.file(), amount % 100, amount);
        promises.tracks(future);
        var unused = future.whenComplete((sent, failure) -> {
            if (failure == null) {
                promises.completed(piece);
            } else {
                promises.failed(piece, failure instanceof IllegalStateException);
            }
        });
    }
}
