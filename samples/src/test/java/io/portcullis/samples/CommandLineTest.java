// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.ClientAuth;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

final class CommandLineTest {

    @Test
    void opensAllFiveOnTheirDefaultsWhenNoneIsNamed() {
        assertEquals(
                Map.of(
                        ListenerKind.PLAIN, 8080,
                        ListenerKind.TLS, 8443,
                        ListenerKind.MIXED, 9000,
                        ListenerKind.ECHO, 9001,
                        ListenerKind.OPERATIONS, 9002),
                parse().ports.ports());
    }

    @Test
    void opensOnlyWhatIsNamedInTheFixedOrder() {
        Map<ListenerKind, Integer> ports =
                parse("--echo", "0", "--mixed", "7000", "--plain", "0").ports.ports();
        assertEquals(List.of(ListenerKind.PLAIN, ListenerKind.MIXED, ListenerKind.ECHO), List.copyOf(ports.keySet()));
        assertEquals(List.of(0, 7000, 0), List.copyOf(ports.values()));
    }

    @Test
    void refusesNumbersThatAreNoPorts() {
        assertMessage(
                "--tls 65536 is not a port", () -> parse("--tls", "65536").ports.ports());
        assertMessage("--tls -1 is not a port", () -> parse("--tls=-1").ports.ports());
    }

    @Test
    void refusesTheSamePortTwice() {
        assertMessage(
                "port 7000 is used twice",
                () -> parse("--tls", "7000", "--plain", "7000").ports.ports());
    }

    @Test
    void defaultsAreThoseOfTheHelp() {
        ServeCommand command = parse();
        assertEquals("127.0.0.1", command.host);
        assertEquals(Duration.ofSeconds(10), command.handshakeTimeout);
        assertNull(command.threads);
        assertFalse(command.verbose);
        assertEquals(ClientAuth.NONE, command.tls.clientAuth);
        assertEquals("secure", command.tls.suites);
        assertFalse(command.tls.compatible());
        assertEquals(List.of("http/1.1"), command.tls.applicationProtocols);
        assertEquals(List.of(), command.tls.protocols);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve --plain http",
                "serve --plain 70000",
                "serve --plain 7000 --tls 7000",
                "serve --threads 0",
                "serve --handshake-timeout soon",
                "serve --drain never",
                "serve --tls 0 --cert nothing.pem",
                "serve --tls 0 --cert nothing.pem --key nothing.pem",
                "serve --tls 0 --client-auth need",
                "serve --tls 0 --ca nothing.pem",
                "serve --tls 0 --protocols TLSv9",
                "serve --tls 0 --engine nothing",
                "serve --tls 0 --groups nothing",
                "serve --notice soon",
                "serve --metrics nowhere",
                "serve --dashboard 10.0.0.0/8,none",
                "serve --plain 0 --metrics 10.0.0.0/8",
                "serve --plain 0 --dashboard none",
                "serve --plain 0 --operations-host 0.0.0.0",
                "serve --plain 0 --operations-name ops.example.org",
                "serve --operations 70000",
                "serve --operations 0 --operations-host no..where",
                "serve --behind-proxy 10.0.0.0/99",
                "serve --xyz",
                "xyz",
            })
    void explainsBadArguments(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(line.split(" ", -1));
        assertEquals(2, status, err::toString);
        assertEquals("", out.toString());
        assertTrue(err.toString().contains("Usage: "), err::toString);
        assertFalse(err.toString().contains("\tat "), err::toString);
        assertTrue(err.toString().lines().count() <= 4, err::toString);
    }

    /** The hint belongs to another failure. 192.0.2.1 is assigned to no one (RFC 5737). */
    @Test
    void aPortOfAnAddressThatIsNotOursIsNotBusy() throws Exception {
        assertEquals(
                Optional.empty(), BusyPort.find(Map.of(ListenerKind.PLAIN, new InetSocketAddress("192.0.2.1", 8080))));
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress taken = (InetSocketAddress) busy.getLocalSocketAddress();
            assertEquals(
                    taken,
                    BusyPort.find(Map.of(ListenerKind.PLAIN, taken))
                            .orElseThrow()
                            .getValue());
        }
    }

    @Test
    void readsEveryOption() {
        ServeCommand command = parse(
                "--cert",
                "a.pem",
                "--key",
                "a.key",
                "--cert=b.pem",
                "--key=b.key",
                "--ca",
                "ca.pem",
                "--client-auth",
                "want",
                "--protocols",
                "TLSv1.3,TLSv1.2",
                "--suites",
                "compatible",
                "--alpn",
                "x,http/1.1",
                "--threads",
                "2",
                "--handshake-timeout",
                "500ms",
                "--host",
                "::1",
                "--verbose");
        assertEquals(List.of(Path.of("a.pem"), Path.of("b.pem")), command.tls.certificates);
        assertEquals(List.of(Path.of("a.key"), Path.of("b.key")), command.tls.keys);
        assertEquals(Path.of("ca.pem"), command.tls.authorities);
        assertEquals(ClientAuth.WANT, command.tls.clientAuth);
        assertEquals(List.of("TLSv1.3", "TLSv1.2"), command.tls.protocols);
        assertTrue(command.tls.compatible());
        assertEquals(List.of("x", "http/1.1"), command.tls.applicationProtocols);
        assertEquals(2, command.threads);
        assertEquals(Duration.ofMillis(500), command.handshakeTimeout);
        assertEquals("::1", command.host);
        assertTrue(command.verbose);
    }

    @Test
    void listenersOfOneLineDoNotForgetTheOthersOptions() {
        ServeCommand command = parse("--tls", "0", "--suites", "compatible");
        assertEquals(ClientAuth.NONE, command.tls.clientAuth);
        assertEquals(List.of("http/1.1"), command.tls.applicationProtocols);
        assertEquals(Map.of(ListenerKind.TLS, 0), command.ports.ports());
    }

    @Test
    void everyCertificateNeedsItsKey() {
        assertMessage(
                "there are 2 --cert and 1 --key",
                () -> parse("--cert", "a", "--cert", "b", "--key", "c").tls.profile(Clock.systemUTC()));
    }

    @Test
    void clientAuthNeedsAuthorities() {
        assertMessage(
                "--client-auth need needs --ca",
                () -> parse("--client-auth", "need").tls.profile(Clock.systemUTC()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tls=http", "--nothing", "--client-auth=maybe", "--handshake-timeout=soon", "serve"})
    void refusesWhatItDoesNotKnow(String argument) {
        assertThrows(ParameterException.class, () -> parse(argument));
    }

    private static void assertMessage(String start, Runnable action) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, action::run);
        assertTrue(String.valueOf(refused.getMessage()).startsWith(start), String.valueOf(refused.getMessage()));
    }

    private static ServeCommand parse(String... arguments) {
        ServeCommand command = new ServeCommand();
        new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
        return command;
    }
}
