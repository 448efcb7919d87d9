// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.dispatch.Server;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;

/** Without Micrometer everything works except the meters. */
@Timeout(60)
class WithoutMicrometerTest {
    @Test
    void aServerStartsAndDrains() throws Exception {
        URL framework = Server.class.getProtectionDomain().getCodeSource().getLocation();
        URL slf4j = Logger.class.getProtectionDomain().getCodeSource().getLocation();
        // The platform's loader would find the modules of the application
        try (URLClassLoader alone = new URLClassLoader(new URL[] {framework, slf4j}, null)) {
            Class<?> dispatcher = alone.loadClass("io.portcullis.dispatch.Dispatcher");
            Class<?> gates = alone.loadClass("io.portcullis.Gate");
            Class<?> servers = alone.loadClass("io.portcullis.dispatch.Server");
            Object own = dispatcher.getMethod("create").invoke(null);
            Object builder = servers.getMethod("builder", dispatcher).invoke(null, own);
            Object gate = gates.getMethod("plain").invoke(null);
            builder.getClass().getMethod("listen", int.class, gates).invoke(builder, 0, gate);
            builder.getClass()
                    .getMethod("handler", java.util.function.Supplier.class)
                    .invoke(builder, (java.util.function.Supplier<Object>) () -> null);
            Object server = builder.getClass().getMethod("start").invoke(builder);
            assertEquals(1, ((java.util.List<?>) servers.getMethod("listeners").invoke(server)).size());
            Object end = dispatcher.getMethod("drain", Duration.class).invoke(own, Duration.ofSeconds(1));
            ((Future<?>) end).get(30, TimeUnit.SECONDS);
            assertThrows(ClassNotFoundException.class, () -> alone.loadClass("io.micrometer.core.instrument.Tag"));
            Class<?> metrics = alone.loadClass("io.portcullis.metrics.LivingConnections");
            assertEquals("io.portcullis.metrics", metrics.getPackageName());
        }
    }
}
