// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ConnectorByHand}: two peers without a socket. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ConnectorByHandIT {
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theEndsTalkAndCloseInOrder(String protocol) throws Exception {
        Command command =
                Command.run(Command.program("ConnectorByHand", "--message", "good morning", "--protocol", protocol));
        assertEquals(0, command.exit(), command.all());
        assertEquals(2, count("secured: TlsSession\\[" + protocol, command.out()), command.out());
        List<String> received = command.out()
                .lines()
                .filter(line -> line.contains("received: "))
                .toList();
        assertEquals(List.of("server received: good morning", "client received: GOOD MORNING"), received);
        assertTrue(command.out().contains("client decode CLOSED"), command.out());
        assertTrue(command.out().contains("server decode CLOSED"), command.out());
        assertEquals("", command.err());
    }

    @Test
    void invalidArgumentsAreExplainedInOneLine() throws Exception {
        Command silent = Command.run(Command.program("ConnectorByHand", "--message", ""));
        assertEquals(2, silent.exit(), silent.all());
        assertEquals("ConnectorByHand: --message must have 1 to 8192 characters\n", silent.err());
        Command unknown = Command.run(Command.program("ConnectorByHand", "--protocol", "TLSv9"));
        assertEquals(2, unknown.exit(), unknown.all());
        assertTrue(
                unknown.err().startsWith("ConnectorByHand: ") && unknown.err().contains("TLSv9"), unknown.err());
    }

    private static long count(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }
}
