// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A connection over a scripted transport, whose handler may run on an executor; for the tests of pause and resume. */
abstract class PauseFixture {
    /** The filter between the bytes and the handler. */
    enum Way {
        PLAIN,
        FRAMES,
        HOARDED_FRAMES
    }

    final VirtualMachine machine = new VirtualMachine();
    final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    final RecordingHandler handler = new RecordingHandler();
    final ManualExecutor executor = new ManualExecutor();

    /** Each filter, with the handler on the strand and on an executor. */
    static Stream<Arguments> ways() {
        return Arrays.stream(Way.values()).flatMap(way -> Stream.of(Arguments.of(way, false), Arguments.of(way, true)));
    }

    final void start(Way way, boolean elsewhere) {
        Filter filter = switch (way) {
            case PLAIN -> new PlainFilter();
            case FRAMES -> new FrameFilter(false);
            case HOARDED_FRAMES -> new HoardingFilter();
        };
        if (way != Way.PLAIN) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Endpoint endpoint = machine.endpointOn(elsewhere ? executor : null, ConnectionSettings.DEFAULT);
        machine.start(endpoint, transport, filter, handler);
        settle();
    }

    final void receive(Way way, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        transport.receive(way == Way.PLAIN ? bytes : FrameFilter.frame(FrameFilter.DATA, bytes));
        settle();
    }

    final void settle() {
        transport.completeAll();
        while (!executor.tasks.isEmpty()) {
            executor.runOne();
            transport.completeAll();
        }
    }

    /** Ends the connection, unless it has ended, and verifies everything. */
    final void end(String what) {
        if (handler.reason == null) {
            handler.connection().abort();
            settle();
        }
        transport.verify(what);
        machine.verify(what);
    }
}
