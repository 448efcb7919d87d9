// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.testkit.SelfSignedCertificate;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sample server presents the current contents of its certificate files. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ReloadIT {
    private static Certificate presented(SampleServer server) throws Exception {
        try (Socket socket = Wire.TLS_1_3.connect(server.address("mixed"))) {
            return ((SSLSocket) socket).getSession().getPeerCertificates()[0];
        }
    }

    private static SelfSignedCertificate write(Path directory) throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create("localhost");
        ClientPrograms.writeCertificate(directory, made);
        ClientPrograms.writeKey(directory, made);
        return made;
    }

    @Test
    @DisplayName("R32 a renewed certificate is presented, a broken one is not")
    void presentsWhatIsInItsFiles(@TempDir Path directory) throws Exception {
        SelfSignedCertificate first = write(directory);
        Path key = directory.resolve("server-key.pem");
        try (SampleServer server = SampleServer.start(
                "--mixed",
                "0",
                "--cert",
                directory.resolve("server.pem").toString(),
                "--key",
                key.toString(),
                "--reload-every",
                "50ms")) {
            assertEquals(first.certificate(), presented(server));
            SelfSignedCertificate second = write(directory);
            server.awaitError("\ncertificates reloaded: ");
            assertEquals(second.certificate(), presented(server));
            Files.writeString(key, "half a key");
            server.awaitError("server-key.pem");
            assertEquals(second.certificate(), presented(server));
        }
    }
}
