// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Decision;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.samples.programs.AsyncClientWindow;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.awt.Component;
import java.awt.Container;
import java.awt.Frame;
import java.awt.Robot;
import java.awt.image.BufferedImage;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.swing.JButton;
import javax.swing.JLabel;
import javax.swing.JTextArea;
import javax.swing.SwingUtilities;

/**
 * Opens {@link AsyncClientWindow} connected to a slow server, presses its button, and checks what is seen. A separate
 * program, because it needs a display. Prints a line for each successful check.
 */
final class WindowDriver {
    private static final int EVENTS = 1_000;
    private static final byte[] FIRST = String.join(
                    "\r\n",
                    "HTTP/1.1 200 OK",
                    "Content-Type: text/plain; charset=utf-8",
                    "Connection: close",
                    "",
                    "The first half is here before the second one was sent.",
                    "")
            .getBytes(UTF_8);
    private static final byte[] SECOND =
            "The second half: gr\u00fc\u00dfe, \u0441\u043f\u0430\u0441\u0438\u0431\u043e.\r\n".getBytes(UTF_8);
    private static final int WITHIN_A_LETTER = new String(SECOND, UTF_8).indexOf('\u00fc') + 1;

    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CompletableFuture<Decision> decision = new CompletableFuture<>();
    private final BlockingQueue<Connection> requests = new LinkedBlockingQueue<>();
    private final List<Component> components = new ArrayList<>();

    private WindowDriver() {}

    /**
     * Runs the driver.
     *
     * @param arguments a directory for the certificate, and the file for the picture
     */
    public static void main(String... arguments) throws Exception {
        new WindowDriver().run(Path.of(arguments[0]), new File(arguments[1]));
        System.exit(0);
    }

    private void run(Path directory, File picture) throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        Path certificate = ClientPrograms.writeCertificate(directory, made);
        TlsProfile tls = TlsProfile.builder()
                .certificate(made.key(), made.certificate())
                .alpn("http/1.1")
                .build();
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server server = Server.builder(dispatcher)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), peer -> {
                        arrived.countDown();
                        return Decision.later(decision);
                    })
                    .handler(() -> (connection, data) -> {
                        data.position(data.limit());
                        requests.add(connection);
                    })
                    .start();
            String port = Integer.toString(server.addresses().get(0).getPort());
            AsyncClientWindow.main("--trust", certificate.toString(), "localhost", port, "/slow");
            onSwing(() -> collect(Frame.getFrames()[0]));
            exchange(tls);
            photograph(picture);
            onSwing(() -> {
                Frame.getFrames()[0].dispose();
                return true;
            });
        }
    }

    private void exchange(TlsProfile tls) throws Exception {
        press();
        arrived.await();
        eventsAreHandled("the server is silent in the handshake", () -> !decision.isDone());
        check("status", status().startsWith("Connecting to localhost"));
        decision.complete(Decision.tls(tls));
        Connection connection = requests.take();
        eventsAreHandled("the server is silent before the response", () -> text(1).isEmpty());
        check("handshake", text(0).contains("version      TLSv1.3") && text(0).contains("CN=localhost"));
        connection.write(ByteBuffer.wrap(FIRST));
        await("first half", text -> text.endsWith("was sent.\n"));
        eventsAreHandled("the server is silent in the response", () -> !text(1).contains("second half"));
        connection.write(ByteBuffer.wrap(SECOND, 0, WITHIN_A_LETTER));
        await("an incomplete character", text -> text.endsWith("gr"));
        connection.write(ByteBuffer.wrap(SECOND, WITHIN_A_LETTER, SECOND.length - WITHIN_A_LETTER));
        await("second half", text -> text.endsWith(new String(SECOND, UTF_8).replace("\r", "")));
        connection.close();
        while (status().endsWith(" ...")) {
            Thread.onSpinWait();
        }
        check("end", status().equals("Complete: " + (FIRST.length + SECOND.length) + " bytes."));
    }

    /** Verifies that Swing's thread is not blocked: otherwise this method does not return. */
    private void eventsAreHandled(String meanwhile, Callable<Boolean> still) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        for (int i = 0; i < EVENTS; i++) {
            SwingUtilities.invokeAndWait(handled::incrementAndGet);
        }
        check("still", still.call());
        System.out.println(handled + " events were handled while " + meanwhile);
    }

    private void await(String what, Predicate<String> condition) throws Exception {
        while (!condition.test(text(1))) {
            Thread.onSpinWait();
        }
        System.out.println("seen: " + what);
    }

    private void press() throws Exception {
        onSwing(() -> {
            the(JButton.class, 0).doClick();
            return true;
        });
    }

    private String text(int pane) throws Exception {
        return onSwing(() -> the(JTextArea.class, pane).getText());
    }

    /** The last of the labels. */
    private String status() throws Exception {
        return onSwing(() -> {
            long labels = components.stream().filter(JLabel.class::isInstance).count();
            return the(JLabel.class, (int) labels - 1).getText();
        });
    }

    private <T> T the(Class<T> type, int index) {
        return components.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .skip(index)
                .findFirst()
                .orElseThrow();
    }

    private boolean collect(Container parent) {
        for (Component child : parent.getComponents()) {
            components.add(child);
            if (child instanceof Container container) {
                collect(container);
            }
        }
        return true;
    }

    private static void photograph(File file) throws Exception {
        Robot robot = new Robot();
        robot.waitForIdle();
        BufferedImage picture = onSwing(() -> robot.createScreenCapture(Frame.getFrames()[0].getBounds()));
        ImageIO.write(picture, "png", file);
        long colors = IntStream.range(0, picture.getWidth() * picture.getHeight())
                .map(i -> picture.getRGB(i % picture.getWidth(), i / picture.getWidth()))
                .distinct()
                .count();
        check("picture", colors > 16);
        System.out.println("picture: " + picture.getWidth() + " x " + picture.getHeight());
    }

    private static <T> T onSwing(Callable<T> question) throws Exception {
        FutureTask<T> task = new FutureTask<>(question);
        SwingUtilities.invokeAndWait(task);
        return task.get();
    }

    private static void check(String what, boolean right) {
        if (!right) {
            throw new IllegalStateException("check failed: " + what);
        }
    }
}
