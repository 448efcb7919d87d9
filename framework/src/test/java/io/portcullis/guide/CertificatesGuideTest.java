// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.CertificateWatch;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.CertificateFiles;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the snippets of the page on certificates. */
@Timeout(60)
class CertificatesGuideTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();

    private void report(String what) {
        reports.add(what);
    }

    @Test
    void certificatesAreReloaded(@TempDir Path folder) throws Exception {
        CertificateFiles files = new CertificateFiles(folder).write(TestCertificates.ec());
        Path chainPem = files.certificate();
        Path keyPem = files.key();
        try (Dispatcher dispatcher = Dispatcher.create()) {
            // snippet: SERVER
            TlsProfile profile =
                    TlsProfile.builder().certificate(chainPem, keyPem).build();
            Server server = Server.builder(dispatcher)
                    .listen(ADDRESS, Gate.tls(profile))
                    .handler(() -> Connection::write)
                    .reloadCertificates(Duration.ofSeconds(10))
                    .start();
            // end snippet
            files.write(TestCertificates.rsa());
            // snippet: NOW
            CompletableFuture<Void> reported = server.reloadCertificates()
                    .thenAccept(outcomes -> outcomes.forEach(outcome -> {
                        String what = outcome.failure()
                                .map(Throwable::getMessage)
                                .orElse(outcome.renewal().name());
                        report(what);
                    }));
            // end snippet
            reported.get(30, TimeUnit.SECONDS);
            assertEquals("CERTIFICATES", reports.remove());
            // snippet: WATCH
            CertificateWatch watch = CertificateWatch.start(
                    dispatcher,
                    Duration.ofSeconds(10),
                    List.of(profile),
                    outcome -> report(outcome.renewal().name()));
            // end snippet
            files.write(TestCertificates.ec());
            assertEquals(1, watch.checkNow().get(30, TimeUnit.SECONDS).size());
            assertEquals("CERTIFICATES", reports.poll(30, TimeUnit.SECONDS));
            watch.close();
        }
    }
}
