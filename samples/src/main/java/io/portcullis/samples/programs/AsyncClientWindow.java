// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import javax.swing.SwingUtilities;
import javax.swing.UIManager;
import javax.swing.plaf.nimbus.NimbusLookAndFeel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * {@link AsyncClient} in a window. Swing has a single thread for the user interface, which nothing here blocks: network
 * events are passed to it, and no more is read from the network until the window has shown what was read.
 */
@Command(
        name = "AsyncClientWindow",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "A window that requests a resource from a server and shows the handshake and the response.")
public final class AsyncClientWindow implements Callable<Integer> {
    @Mixin
    private final ClientOptions options = new ClientOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "HOST",
            defaultValue = "localhost",
            description = "Default: localhost.")
    private String host = "localhost";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PORT", defaultValue = "443", description = "Default: 443.")
    private int port;

    @Parameters(index = "2", arity = "0..1", paramLabel = "PATH", defaultValue = "/", description = "Default: /.")
    private String path = "/";

    /**
     * Runs the command line. The process exits when the window is closed, or immediately with 1 or 2 after a failure.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        System.setProperty("awt.useSystemAAFontSettings", "on");
        int exitCode = Programs.execute(new AsyncClientWindow(), arguments);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    @Override
    public Integer call() throws Exception {
        if (GraphicsEnvironment.isHeadless()) {
            throw new IOException("there is no display to open a window on: set DISPLAY, or use AsyncClient");
        }
        UIManager.setLookAndFeel(new NimbusLookAndFeel());
        Dispatcher dispatcher = Dispatcher.create();
        Client.Builder settings = options.client(dispatcher, "http/1.1");
        SwingUtilities.invokeLater(() -> new Window(settings).form.open(dispatcher::close));
        return 0;
    }

    /** The window and its current exchange. Confined to Swing's thread. */
    private final class Window implements ConnectionObserver {
        private final ClientForm form = new ClientForm(host, port, path);
        private final Client client;
        private @Nullable Exchange current;

        Window(Client.Builder settings) {
            client = settings.observer(this).build();
            form.button.addActionListener(pressed -> beginOrStop());
        }

        private void beginOrStop() {
            if (current != null) {
                current.stop();
                return;
            }
            form.clear();
            try {
                current = new Exchange(
                        form.host.getText().strip(),
                        Integer.parseInt(form.port.getText().strip()));
                form.button.setText("Stop");
                form.status.setText("Connecting to " + form.host.getText().strip() + " ...");
            } catch (NumberFormatException wrong) {
                form.status.setText("'" + form.port.getText() + "' is not a port: enter a number from 1 to 65535.");
            } catch (IllegalArgumentException wrong) {
                form.status.setText(wrong.getMessage());
            }
        }

        private void ended(@Nullable String how) {
            current = null;
            form.button.setText("Connect");
            form.status.setText(how);
        }

        @Override
        public void onConnected(Connection connection, ConnectTrace trace) {
            SwingUtilities.invokeLater(() -> form.handshake.setText(HandshakeTrace.of(trace)));
        }

        /**
         * One request with its response. Called on dispatcher threads; everything visible is updated on Swing's thread.
         */
        private final class Exchange extends StatefulHandler {
            private final CharsetDecoder decoder = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
            private final ByteBuffer request;
            private final CompletableFuture<Connection> connecting;
            private long received;

            Exchange(String host, int port) {
                request = ClientOptions.get(host, port, form.path.getText().strip());
                connecting = client.connect(host, port, this);
                var unused = connecting.whenComplete((connection, failure) -> {
                    if (failure != null) {
                        SwingUtilities.invokeLater(() -> failed(failure));
                    }
                });
            }

            private void failed(Throwable failure) {
                if (failure instanceof ConnectFailedException failed) {
                    form.handshake.setText(HandshakeTrace.of(failed.trace()));
                }
                ended(connecting.isCancelled() ? "Stopped." : failure.getMessage());
            }

            // snippet: stop
            void stop() {
                if (!connecting.cancel(false)) { // gives up a connect that is not complete yet
                    var unused = connecting.thenAccept(Connection::abort);
                }
            }
            // end snippet

            @Override
            public void onOpen(Connection connection) {
                connection.write(request);
            }

            // snippet: window
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                int length = data.remaining();
                CharBuffer text = CharBuffer.allocate(length);
                decoder.decode(data, text, false); // an incomplete character stays unread
                if (text.flip().hasRemaining()) {
                    connection.pause();
                    SwingUtilities.invokeLater(() -> {
                        form.append(text.toString());
                        connection.resume();
                    });
                }
                received += length - data.remaining();
            }
            // end snippet

            @Override
            public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                String how = reason == CloseReason.PEER_CLOSE ? "Complete: " : "Incomplete (" + reason + "): ";
                if (!connecting.isCompletedExceptionally()) {
                    SwingUtilities.invokeLater(() -> ended(how + received + " bytes."));
                }
            }
        }
    }
}
