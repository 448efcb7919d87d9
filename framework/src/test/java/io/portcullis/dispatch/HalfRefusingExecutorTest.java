// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An executor that throws although it has accepted the task, as the JDK's do when they cannot start a thread. */
@Timeout(20)
class HalfRefusingExecutorTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private boolean throwing;
    private final Executor executor = task -> {
        tasks.add(task);
        if (throwing) {
            throw new OutOfMemoryError("unable to create native thread");
        }
    };

    private void run() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
            transport.completeAll();
        }
    }

    private void start() {
        machine.start(machine.endpointOn(executor, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);
        run();
    }

    @Test
    void aTaskRunsOnce() {
        start();
        throwing = true;
        handler.connection().execute(() -> handler.events.add("task"));
        transport.completeAll();
        throwing = false;
        run();
        assertEquals(1, handler.events.stream().filter("task"::equals).count());
        assertEquals(
                1, handler.events.stream().filter(e -> e.startsWith("close")).count(), handler.events.toString());
    }

    @Test
    void dataIsNotDeliveredAfterTheEnd() {
        start();
        throwing = true;
        transport.receive("abc").completeAll();
        throwing = false;
        run();
        assertEquals(
                List.of(),
                handler.events.stream()
                        .dropWhile(e -> !e.startsWith("close"))
                        .skip(1)
                        .toList());
    }
}
