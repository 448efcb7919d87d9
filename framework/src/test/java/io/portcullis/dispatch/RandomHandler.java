// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A handler that reads, writes, pauses, closes and throws at random, within its callbacks, and from outside as another
 * thread would. It records the data received and the data accepted for sending.
 */
final class RandomHandler implements ConnectionHandler {
    final ByteArrayOutputStream received = new ByteArrayOutputStream();

    /** The accepted writes, in the order in which they must be sent. */
    final ByteArrayOutputStream written = new ByteArrayOutputStream();

    /** The numbers of the writes with a completion, in the order of their completions. */
    final List<Integer> completions = new ArrayList<>();

    final List<String> events = new ArrayList<>();
    final List<String> defects = new ArrayList<>();

    @Nullable
    CloseReason reason;

    private final Random random;
    private final Runnable quiesce;
    private final int largest;
    private final boolean rough;

    /** Whether its callbacks run on an executor. */
    boolean onExecutor;

    private @Nullable Connection connection;
    private boolean inside;
    private boolean ended;
    private boolean failing;
    private int writes;

    /**
     * Creates a handler.
     *
     * @param largest the most that is written at once
     * @param quiesce runs the strand until it is idle, so that the order of writes from outside and from within is
     *     known
     */
    RandomHandler(Random random, int largest, Runnable quiesce) {
        this.quiesce = quiesce;
        this.random = random;
        this.largest = largest;
        this.rough = random.nextInt(3) == 0;
    }

    /** Writes complete in order, except that a refused one fails in the turn after its refusal. */
    List<Integer> expectedCompletions() {
        return IntStream.range(0, writes).boxed().toList();
    }

    @Override
    public void onOpen(Connection opened) {
        connection = opened;
        call("open", this::act);
    }

    @Override
    public void onData(Connection from, ByteBuffer data) {
        call("data", () -> {
            if (!data.hasRemaining()) {
                defects.add("empty data");
            }
            switch (random.nextInt(4)) {
                case 0 -> echo(data, 1 + random.nextInt(data.remaining()));
                case 1 -> echo(data, data.remaining());
                case 2 -> take(data, random.nextInt(data.remaining() + 1));
                default -> take(data, data.remaining());
            }
            act();
        });
    }

    private void take(ByteBuffer data, int length) {
        for (int i = 0; i < length; i++) {
            received.write(data.get());
        }
    }

    private void echo(ByteBuffer data, int length) {
        byte[] bytes = new byte[length];
        data.duplicate().get(bytes);
        int limit = data.limit();
        data.limit(data.position() + length);
        if (connection().write(data)) {
            written.writeBytes(bytes);
            received.writeBytes(bytes);
            if (data.hasRemaining()) {
                defects.add("an accepted write left bytes unconsumed");
            }
        } else if (data.remaining() != length) {
            defects.add("a refused write consumed bytes");
        }
        data.limit(limit);
    }

    @Override
    public void onWritable(Connection from) {
        call("writable", this::act);
    }

    @Override
    public void onEndOfInput(Connection from) {
        call("end", () -> {
            act();
            if (random.nextInt(4) > 0) {
                connection().close();
            }
        });
    }

    @Override
    public void onClose(Connection from, CloseReason why, @Nullable Throwable cause) {
        call("close " + why, () -> {
            if (reason != null) {
                defects.add("closed twice");
            }
            reason = why;
            connection = from;
            if (from.write(ByteBuffer.allocate(1))) {
                defects.add("a write was accepted in onClose");
            }
            if (from.execute(() -> {})) {
                defects.add("a task was accepted in onClose");
            }
        });
        ended = true;
    }

    private void call(String event, Runnable body) {
        if (inside) {
            defects.add(event + " within another callback");
        }
        if (ended) {
            defects.add(event + " after onClose");
        }
        events.add(event);
        inside = true;
        try {
            body.run();
        } finally {
            inside = false;
        }
    }

    /** What another thread may do: the same, but outside of any turn. */
    void actFromOutside() {
        Connection from = connection;
        if (from == null) {
            return;
        }
        act();
        if (random.nextInt(4) == 0 && !from.execute(() -> call("task", this::act)) && !mayHaveEnded()) {
            defects.add("a task was refused before the end");
        }
    }

    /** It was notified, or will be by an executor. */
    private boolean mayHaveEnded() {
        return reason != null || onExecutor;
    }

    private Connection connection() {
        Connection open = connection;
        if (open == null) {
            throw new IllegalStateException();
        }
        return open;
    }

    private void act() {
        int times = random.nextInt(4);
        for (int i = 0; i < times; i++) {
            if (!inside) {
                quiesce.run();
            }
            actOnce(connection());
        }
    }

    private void actOnce(Connection on) {
        switch (random.nextInt(rough ? 10 : 8)) {
            case 0, 1 -> write(on, length());
            case 2, 3 -> writeOwned(on, length());
            case 4 -> on.resume();
            case 5 -> {
                on.pause();
                on.execute(() -> call("resume", on::resume));
            }
            case 6 -> on.pendingBytes();
            case 7 -> {
                if (inside) {
                    sendFile(on, random.nextInt(1 + 2 * largest));
                }
            }
            case 8 -> {
                if (random.nextInt(10) == 0) {
                    on.close();
                } else if (random.nextInt(20) == 0) {
                    on.abort();
                }
            }
            default -> {
                if (inside && random.nextInt(20) == 0) {
                    throw new IllegalStateException("thrown at random");
                }
            }
        }
    }

    private void write(Connection on, int length) {
        byte[] bytes = bytes(length);
        ByteBuffer data = ByteBuffer.wrap(bytes.clone());
        // From outside, the write runs a turn, and writes within that turn come after it: so it is recorded first.
        byte[] before = written.toByteArray();
        written.writeBytes(bytes);
        if (!on.write(data)) {
            if (written.size() != before.length + length) {
                defects.add("a write was accepted after one was refused");
            }
            written.reset();
            written.writeBytes(before);
        }
    }

    private void writeOwned(Connection on, int length) {
        byte[] bytes = bytes(length);
        int number = writes++;
        written.writeBytes(bytes);
        on.write(ByteBuffer.wrap(bytes), number, new CompletionHandler<Void, Integer>() {
            @Override
            public void completed(@Nullable Void none, Integer own) {
                complete(own, true);
            }

            @Override
            public void failed(Throwable cause, Integer own) {
                complete(own, false);
            }
        });
    }

    /**
     * Only within a turn: from outside, the future may already be done, and others after it, before it can be checked.
     */
    private void sendFile(Connection on, int length) {
        int number = writes++;
        int position = random.nextInt(TestFile.LENGTH - length);
        written.write(TestFile.CONTENT, position, length);
        var unused = on.sendFile(TestFile.CHANNEL, position, length)
                .whenComplete((sent, failure) -> complete(number, failure == null && sent == length));
    }

    private void complete(Integer number, boolean done) {
        if (failing && done) {
            defects.add("completed after one failed");
        }
        failing |= !done;
        if (inside) {
            defects.add("a completion within another callback");
        }
        completions.add(number);
        inside = true;
        try {
            if (!failing && random.nextInt(4) == 0) {
                actOnce(connection());
            }
        } finally {
            inside = false;
        }
    }

    private int length() {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextInt(largest);
            default -> random.nextInt(Math.min(largest, 1000));
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
